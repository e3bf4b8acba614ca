package io.errand.exchange;

import io.errand.testing.Scene;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The token of a platform in its documented shape, without the times and {@code iss}, which stands on the page.
 *
 * @param page of {@code docs/identities}
 * @param issuer the name of its issuer there
 * @param typ of the header; null: none
 * @param type as it is shown
 * @param wrong what makes it a token that must not do
 * @param reason why that is refused
 */
record PlatformToken(
        String page,
        String issuer,
        String alg,
        @Nullable String typ,
        String type,
        Map<String, Object> claims,
        Consumer<Map<String, Object>> wrong,
        String reason) {

    private static final String ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";

    @Override
    public String toString() {
        return page + " " + issuer;
    }

    static List<PlatformToken> all() {
        return List.of(
                jwt("github-actions", "github", "RS256", github(), c -> c.remove("environment"), "subject_invalid"),
                jwt("gitlab", "gitlab", "RS256", gitlab(), c -> c.put("ref_protected", "false"), "no_agent"),
                jwt("buildkite", "buildkite", "RS256", buildkite(), c -> c.put("build_branch", "fix"), "no_agent"),
                jwt(
                        "circleci",
                        "circleci",
                        "RS256",
                        circleci(),
                        c -> c.put("aud", "6f9d2ea8-0fd5-4b54-8a9d-5c2f0a8b7a11"),
                        "audience_mismatch"),
                jwt(
                        "terraform-cloud",
                        "terraform",
                        "RS256",
                        terraform(),
                        c -> c.put("terraform_run_phase", "plan"),
                        "no_agent"),
                jwt("google", "google", "RS256", google(), c -> c.put("sub", "112233445566778899002"), "no_agent"),
                jwt("aws", "aws", "ES384", aws(), c -> c.put("sub", c.get("sub") + "2"), "no_agent"),
                jwt("aws", "aws", "RS256", aws(), c -> c.put("aud", List.of("other")), "audience_mismatch"),
                jwt("kubernetes", "prod-k8s", "RS256", kubernetes(), PlatformToken::ofAnother, "subject_invalid"),
                jwt("oidc", "corp", "RS256", keycloak(), c -> c.put("client_id", "other"), "claims_contradict"),
                jwt(
                        "entra",
                        "entra-workloads",
                        "RS256",
                        managedIdentity(),
                        c -> c.put("iss", "https://sts.windows.net/7d3f3b5c-9d2c-4b0f-9a53-5f2b1c0e8a44"),
                        "issuer_unknown"),
                new PlatformToken(
                        "entra",
                        "entra-people",
                        "RS256",
                        "JWT",
                        Scene.ACCESS_TOKEN,
                        entraPerson(),
                        c -> c.put("azp", "0c9b1e55-7d61-4c35-9a8b-1b1d4f0f6a01"),
                        "on_behalf_of_not_allowed"),
                new PlatformToken(
                        "okta-auth0",
                        "okta",
                        "RS256",
                        null,
                        Scene.ACCESS_TOKEN,
                        okta(),
                        c -> c.put("client_id", "0oa9x8another"),
                        "claims_contradict"),
                new PlatformToken(
                        "okta-auth0",
                        "auth0",
                        "RS256",
                        "JWT",
                        ID_TOKEN,
                        auth0(),
                        c -> c.put("aud", List.of("K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja", "https://api.example")),
                        "on_behalf_of_not_allowed"));
    }

    private static PlatformToken jwt(
            String page,
            String issuer,
            String alg,
            Map<String, Object> claims,
            Consumer<Map<String, Object>> wrong,
            String reason) {
        return new PlatformToken(page, issuer, alg, "JWT", Scene.JWT, claims, wrong, reason);
    }

    boolean isOfPerson() {
        return List.of("entra-people", "okta", "auth0").contains(issuer);
    }

    private static Map<String, Object> github() {
        return Map.ofEntries(
                Map.entry("sub", "repo:ap/triage:environment:production"),
                Map.entry("aud", "errand"),
                Map.entry("ref", "refs/heads/main"),
                Map.entry("repository", "ap/triage"),
                Map.entry("repository_id", "123456789"),
                Map.entry("repository_owner", "ap"),
                Map.entry("environment", "production"),
                Map.entry("runner_environment", "github-hosted"),
                Map.entry("run_attempt", "1"));
    }

    private static Map<String, Object> gitlab() {
        return Map.ofEntries(
                Map.entry("sub", "project_path:ap/invoices:ref_type:branch:ref:main"),
                Map.entry("aud", "errand"),
                Map.entry("namespace_id", "68413579"),
                Map.entry("project_id", "46573356"),
                Map.entry("project_path", "ap/invoices"),
                Map.entry("ref", "main"),
                Map.entry("ref_type", "branch"),
                Map.entry("ref_path", "refs/heads/main"),
                Map.entry("ref_protected", "true"),
                Map.entry("runner_id", 12270835),
                Map.entry("runner_environment", "gitlab-hosted"),
                Map.entry("user_login", "ann"));
    }

    private static Map<String, Object> buildkite() {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put(
                "sub",
                "organization:acme:pipeline:invoices:ref:refs/heads/main:commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:");
        claims.put("aud", "errand");
        claims.put("organization_slug", "acme");
        claims.put("pipeline_slug", "invoices");
        claims.put("build_number", 5);
        claims.put("build_branch", "main");
        claims.put("build_tag", null);
        claims.put("step_key", null);
        claims.put("runner_environment", "buildkite-hosted");
        return claims;
    }

    private static Map<String, Object> circleci() {
        String organization = "6f9d2ea8-0fd5-4b54-8a9d-5c2f0a8b7a11";
        String project = "2c8a1d4b-5678-4f01-8c2d-0a1b2c3d4e5f";
        return Map.of(
                "sub",
                "org/" + organization + "/project/" + project + "/user/0b6c7f0e-1111-4a5b-9c3d-6e7f8a9b0c1d",
                "aud",
                "errand",
                "oidc.circleci.com/project-id",
                project,
                "oidc.circleci.com/context-ids",
                List.of("a74579f1-2e7d-451e-b009-5c082ad2729e"),
                "oidc.circleci.com/ssh-rerun",
                false);
    }

    private static Map<String, Object> terraform() {
        return Map.of(
                "sub", "organization:acme:project:finance:workspace:invoices:run_phase:apply",
                "aud", "errand",
                "terraform_organization_id", "org-GRNbCjYNpBB6NEBT",
                "terraform_workspace_id", "ws-4qshBVGXaRvBPxMb",
                "terraform_workspace_name", "invoices",
                "terraform_run_phase", "apply",
                // As long as an apply may last.
                "exp", 24L * 3600);
    }

    private static Map<String, Object> google() {
        return Map.of(
                "sub", "112233445566778899001",
                "azp", "112233445566778899001",
                "aud", "errand",
                "email", "triage@ap-prod.iam.gserviceaccount.com",
                "email_verified", true,
                "google", Map.of("compute_engine", Map.of("project_id", "ap-prod", "instance_id", "987654321")));
    }

    private static Map<String, Object> aws() {
        return Map.of(
                "sub",
                "arn:aws:iam::123456789012:role/InvoiceTriage",
                "aud",
                "errand",
                "exp",
                3600L,
                "https://sts.amazonaws.com/",
                Map.of(
                        "aws_account",
                        "123456789012",
                        "source_region",
                        "eu-central-1",
                        "principal_tags",
                        Map.of("environment", "production")));
    }

    private static Map<String, Object> kubernetes() {
        return Map.of(
                "sub",
                "system:serviceaccount:ap:invoice-triage",
                "aud",
                List.of("errand"),
                "kubernetes.io",
                Map.of(
                        "namespace",
                        "ap",
                        "pod",
                        Map.of("name", "triage-0", "uid", "1"),
                        "serviceaccount",
                        Map.of("name", "invoice-triage", "uid", "2"),
                        "warnafter",
                        1764471607));
    }

    private static void ofAnother(Map<String, Object> claims) {
        claims.put(
                "kubernetes.io",
                Map.of("namespace", "hr", "serviceaccount", Map.of("name", "invoice-triage", "uid", "2")));
    }

    private static Map<String, Object> keycloak() {
        return Map.of(
                "sub", "service-account-invoice-triage",
                "aud", List.of("errand", "account"),
                "typ", "Bearer",
                "azp", "invoice-triage",
                "client_id", "invoice-triage",
                "scope", "profile");
    }

    private static Map<String, Object> managedIdentity() {
        return Map.ofEntries(
                Map.entry("aud", "api://errand"),
                Map.entry("appid", "f3a9d0c2-0f5e-4d6a-8c1b-7e2d3f4a5b6c"),
                Map.entry("appidacr", "2"),
                Map.entry("idp", "https://sts.windows.net/7d3f3b5c-9d2c-4b0f-9a53-5f2b1c0e8a44/"),
                Map.entry("oid", "b1a7c5de-3c0b-4f4e-8d54-6f0e2b9a7c10"),
                Map.entry("sub", "b1a7c5de-3c0b-4f4e-8d54-6f0e2b9a7c10"),
                Map.entry("tid", "7d3f3b5c-9d2c-4b0f-9a53-5f2b1c0e8a44"),
                Map.entry("ver", "1.0"),
                Map.entry("exp", 86_000L));
    }

    private static Map<String, Object> entraPerson() {
        return Map.ofEntries(
                Map.entry("aud", "0c9b1e55-7d61-4c35-9a8b-1b1d4f0f6a01"),
                Map.entry("azp", "5e2d7a90-4b1f-4a5e-bb0d-2f9c6d3e8f77"),
                Map.entry("azpacr", "0"),
                Map.entry("name", "Ann"),
                Map.entry("oid", "9c1d2e3f-0000-4a5b-8c7d-6e5f4a3b2c1d"),
                Map.entry("scp", "act"),
                Map.entry("sub", "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"),
                Map.entry("tid", "7d3f3b5c-9d2c-4b0f-9a53-5f2b1c0e8a44"),
                Map.entry("ver", "2.0"),
                // 75 minutes, the mean of what they live.
                Map.entry("exp", 4_500L));
    }

    private static Map<String, Object> okta() {
        return Map.of(
                "ver", 1,
                "sub", "ann@acme.example",
                "aud", "api://errand",
                "cid", "0oa9x8example7w6v5u4",
                "uid", "00u1a2b3c4d5e6f7g8h9",
                "scp", List.of("openid", "act"),
                "exp", 3_600L);
    }

    private static Map<String, Object> auth0() {
        return Map.of(
                "sub", "auth0|6553da60a54af58e29493993",
                "aud", "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja",
                "name", "Ann",
                "sid", "Jx1",
                "exp", 36_000L);
    }
}
