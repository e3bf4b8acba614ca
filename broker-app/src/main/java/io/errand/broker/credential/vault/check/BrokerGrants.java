package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.github.jopenlibs.vault.json.JsonArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the broker's own token may do at Vault, held against what it needs. */
public final class BrokerGrants {

    private final VaultLogin login;

    public BrokerGrants(VaultLogin login) {
        this.login = login;
    }

    List<Finding> findings(String tokenRole, Set<String> paths) {
        Reply self = login.read("auth/token/lookup-self");
        if (!(self instanceof Said said && said.done())) {
            return List.of(Finding.error("auth/token/lookup-self", "the broker is not logged in: " + self.describe()));
        }
        if (Reply.texts(said.data().get("policies")).contains("root")) {
            return List.of(Finding.warning(
                    "auth/token/lookup-self", "the broker's token is root: for development only, see docs/vault.md"));
        }
        Map<String, List<String>> needed = needed(tokenRole, paths);
        List<String> forbidden = forbidden(paths);
        List<String> asked = new ArrayList<>(needed.keySet());
        asked.addAll(forbidden);
        Reply reply = login.write("sys/capabilities-self", Map.of("paths", array(asked)));
        if (!(reply instanceof Said answer && answer.done())) {
            return List.of(Finding.warning("sys/capabilities-self", "could not be asked: " + reply.describe()));
        }
        List<Finding> findings = new ArrayList<>();
        needed.forEach((path, capabilities) -> {
            List<String> missing = new ArrayList<>(capabilities);
            missing.removeAll(Reply.texts(answer.data().get(path)));
            if (!missing.isEmpty()) {
                findings.add(Finding.error(path, "the broker's policy lacks " + String.join(", ", missing)));
            }
        });
        for (String path : forbidden) {
            List<String> held = Reply.texts(answer.data().get(path));
            if (!held.equals(List.of("deny"))) {
                findings.add(Finding.warning(
                        path, "the broker's policy allows " + String.join(", ", held) + ", which it never needs"));
            }
        }
        return findings;
    }

    private static Map<String, List<String>> needed(String tokenRole, Set<String> paths) {
        Map<String, List<String>> needed = new LinkedHashMap<>();
        needed.put("auth/token/create/" + tokenRole, List.of("update"));
        needed.put("auth/token/roles/" + tokenRole, List.of("read"));
        needed.put("auth/token/lookup-accessor", List.of("update"));
        needed.put("auth/token/revoke-accessor", List.of("update"));
        needed.put("auth/token/accessors", List.of("list", "sudo"));
        needed.put("auth/token/renew-self", List.of("update"));
        needed.put("auth/token/renew-accessor", List.of("update"));
        needed.put("sys/leases/renew", List.of("update"));
        needed.put("sys/leases/lookup", List.of("update"));
        needed.put("sys/leases/revoke", List.of("update"));
        needed.put("sys/mounts", List.of("read"));
        for (String path : paths) {
            needed.put("sys/leases/lookup/" + path, List.of("list", "sudo"));
        }
        return needed;
    }

    /** A broker that is broken into must not be able to give itself more. */
    private static List<String> forbidden(Set<String> paths) {
        List<String> forbidden = new ArrayList<>(List.of(
                "auth/token/create",
                "auth/token/create-orphan",
                "auth/token/create/any-other-role",
                "sys/policies/acl/any",
                "sys/auth/any",
                "sys/raw/any",
                "sys/leases/revoke-prefix/any",
                "secret/data/any"));
        forbidden.addAll(paths);
        return forbidden;
    }

    private static JsonArray array(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
