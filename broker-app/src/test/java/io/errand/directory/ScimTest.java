package io.errand.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** SCIM 2.0 as directories speak it, well and badly. */
@WithDirectory
class ScimTest {

    private final Scene scene;
    private final Pusher directory;
    private final String name = Scene.name("Ada") + "@example.com";

    ScimTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
        this.directory = Pusher.of(scene);
    }

    @Test
    void aUserIsPushedReadReplacedAndDeleted() {
        Answer created = directory.post(
                "/Users",
                Pusher.user(
                        name,
                        Map.of(
                                "externalId",
                                "e-1",
                                "displayName",
                                "Ada",
                                "name",
                                Map.of("givenName", "Ada"),
                                "title",
                                "unknown here",
                                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                                Map.of("department", "d"),
                                "emails",
                                List.of(
                                        Map.of("value", "home@example.com", "type", "home"),
                                        Map.of("value", name, "type", "work", "primary", true)))));
        String id = created.json().path("id").asString();

        assertThat(created.status()).as(created.text()).isEqualTo(201);
        assertThat(created.header("Content-Type")).startsWith("application/scim+json");
        assertThat(created.header("Location")).endsWith("/scim/v2/Users/" + id);
        assertThat(created.json().at("/emails/0/value").asString()).isEqualTo(name);
        assertThat(created.json().path("active").asBoolean()).isTrue();
        assertThat(created.json().propertyNames()).doesNotContain("title", "name");
        assertThat(directory.get("/Users/" + id).json()).isEqualTo(created.json());

        Answer replaced =
                directory.put("/Users/" + id, Pusher.user(name, Map.of("id", "ignored", "displayName", "A.")));

        assertThat(replaced.status()).as(replaced.text()).isEqualTo(200);
        assertThat(replaced.json().path("displayName").asString()).isEqualTo("A.");
        assertThat(replaced.json().has("externalId")).isFalse();
        assertThat(replaced.json().path("id").asString()).isEqualTo(id);
        assertThat(directory.delete("/Users/" + id).status()).isEqualTo(204);
        assertThat(directory.get("/Users/" + id).status()).isEqualTo(404);
        assertThat(kinds(id))
                .containsExactly("directory.user_created", "directory.user_replaced", "directory.user_deleted");
    }

    private List<String> kinds(String id) {
        return List.of("created", "replaced", "deleted").stream()
                .map(verb -> "directory.user_" + verb)
                .filter(kind -> scene.events("kind=" + kind).stream()
                        .anyMatch(
                                event -> event.at("/details/entry").asString("").equals(id)))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}|/active|false",
                "{\"op\":\"replace\",\"value\":{\"active\":false}}|/active|false",
                "{\"op\":\"replace\",\"path\":\"urn:ietf:params:scim:schemas:core:2.0:User:active\",\"value\":false}|/active|false",
                "{\"op\":\"add\",\"path\":\"displayName\",\"value\":\"B\"}|/displayName|B",
                "{\"op\":\"Add\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":\"b@example.com\"}|/emails/0/value|b@example.com",
                "{\"op\":\"replace\",\"path\":\"emails\",\"value\":[{\"value\":\"c@example.com\"}]}|/emails/0/value|c@example.com",
                "{\"op\":\"replace\",\"path\":\"externalid\",\"value\":\"e-9\"}|/externalId|e-9",
                "{\"op\":\"add\",\"path\":\"name.givenName\",\"value\":\"not kept\"}|/displayName|Ada",
                "{\"op\":\"remove\",\"path\":\"displayName\"}|/displayName|",
            })
    void aUserIsPatched(String operation, String at, String becomes) {
        String id = directory.pushed("/Users", Pusher.user(name, Map.of("displayName", "Ada")));

        Answer patched = directory.patch("/Users/" + id, Json.mapper().readTree(operation));

        assertThat(patched.status()).as(patched.text()).isEqualTo(200);
        assertThat(patched.json().at(at).asString("")).isEqualTo(becomes == null ? "" : becomes);
        assertThat(directory.get("/Users/" + id).json().at(at).asString("")).isEqualTo(becomes == null ? "" : becomes);
    }

    @Test
    void membersComeAndGo() {
        String one = directory.user(Scene.name("one"));
        String two = directory.user(Scene.name("two"));
        String group = directory.pushed("/Groups", Pusher.group(Scene.name("Team"), one));

        Answer added = directory.patch(
                "/Groups/" + group, Map.of("op", "add", "path", "members", "value", List.of(Map.of("value", two))));
        Answer removed = directory.patch(
                "/Groups/" + group, Map.of("op", "Remove", "path", "members[value eq \"" + one + "\"]"));
        Answer again = directory.patch(
                "/Groups/" + group, Map.of("op", "remove", "path", "members", "value", List.of(Map.of("value", two))));

        assertThat(values(added)).containsExactlyInAnyOrder(one, two);
        assertThat(values(removed)).containsExactly(two);
        assertThat(values(again)).isEmpty();
        directory.put("/Groups/" + group, Pusher.group("Team", one, two));
        assertThat(directory.delete("/Users/" + two).status()).isEqualTo(204);
        assertThat(values(directory.get("/Groups/" + group))).containsExactly(one);
        assertThat(directory
                        .get("/Groups/" + group + "?excludedAttributes=members")
                        .json()
                        .has("members"))
                .isFalse();
    }

    private static List<String> values(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json()
                .path("members")
                .valueStream()
                .map(member -> member.path("value").asString())
                .toList();
    }

    @Test
    void entriesAreFoundByOneComparisonAndInPages() {
        String id = directory.pushed("/Users", Pusher.user(name, Map.of("externalId", name, "displayName", name)));

        for (String filter : List.of(
                "userName eq \"" + name.toUpperCase(Locale.ROOT) + "\"",
                "externalId eq \"" + name + "\"",
                "displayName EQ \"" + name + "\"",
                "id eq \"" + id + "\"")) {
            JsonNode found = directory.get("/Users?filter=" + encoded(filter)).json();
            assertThat(found.path("totalResults").asInt()).as(filter).isEqualTo(1);
            assertThat(found.at("/Resources/0/id").asString()).isEqualTo(id);
        }
        assertThat(found("userName eq \"' OR '1'='1\"")).isZero();
        assertThat(found("userName eq \"x\\\" or \\\"a\\\" eq \\\"a\"")).isZero();
        assertThat(found("userName eq \"%\"")).isZero();
        JsonNode second = directory.get("/Users?startIndex=1&count=1").json();
        assertThat(second.path("itemsPerPage").asInt()).isEqualTo(1);
        assertThat(second.path("totalResults").asInt()).isGreaterThanOrEqualTo(1);
        assertThat(directory.get("/Users?count=0").json().path("Resources")).isEmpty();
        assertThat(directory.get("/Users?startIndex=999999").json().path("Resources"))
                .isEmpty();
    }

    private int found(String filter) {
        return directory
                .get("/Users?filter=" + encoded(filter))
                .json()
                .path("totalResults")
                .asInt(-1);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "userName",
                "userName eq x",
                "userName sw \"a\"",
                "userName eq \"a\" or userName eq \"b\"",
                "password eq \"a\"",
                "userName eq \"\\u0000\"",
                "not (userName eq \"a\")",
                "userName eq \"a\"; DROP TABLE directory_entry"
            })
    void anotherFilterIsRefused(String filter) {
        refused(directory.get("/Users?filter=" + encoded(filter)), 400, "invalidFilter");
    }

    @Test
    void aFilterWithoutEndIsRefusedAndNotLookedAtForLong() {
        refused(
                directory.get("/Users?filter=" + encoded("userName eq \"" + "\\a".repeat(2_000))),
                400,
                "invalidFilter");
    }

    @Test
    void aNameIsOneUsers() {
        directory.user(name);
        String other = directory.user(Scene.name("other"));

        refused(directory.post("/Users", Pusher.user(name.toUpperCase(Locale.ROOT), Map.of())), 409, "uniqueness");
        refused(directory.put("/Users/" + other, Pusher.user(name, Map.of())), 409, "uniqueness");
        refused(
                directory.patch("/Users/" + other, Map.of("op", "replace", "path", "userName", "value", name)),
                409,
                "uniqueness");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"op\":\"remove\"}|noTarget",
                "{\"op\":\"move\",\"path\":\"active\",\"value\":true}|invalidSyntax",
                "{\"op\":\"replace\",\"path\":\"active\"}|invalidValue",
                "{\"op\":\"replace\",\"path\":\"active\",\"value\":\"perhaps\"}|invalidValue",
                "{\"op\":\"replace\",\"path\":\"active[\",\"value\":true}|invalidPath",
                "{\"op\":\"replace\",\"path\":7,\"value\":true}|invalidPath",
                "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"another\"}|mutability",
                "{\"op\":\"remove\",\"path\":\"userName\"}|invalidValue",
                "{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"a\\u0000b\"}|invalidValue",
                "{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"a\\nb\"}|invalidValue",
                "{\"op\":\"replace\",\"path\":\"userName\",\"value\":[\"a\"]}|invalidValue",
                "{\"op\":\"replace\",\"path\":\"emails\",\"value\":[\"a\"]}|invalidValue",
                "{\"op\":\"replace\",\"value\":{\"active\":true,\"ACTIVE\":false}}|invalidSyntax",
                "7|invalidSyntax",
            })
    void aPatchThatIsNoneChangesNothing(String operation, String scimType) {
        String id = directory.user(name);
        JsonNode before = directory.get("/Users/" + id).json();

        refused(directory.patch("/Users/" + id, Json.mapper().readTree(operation)), 400, scimType);
        assertThat(directory.get("/Users/" + id).json()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{\"userName\":\"a\"}",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"userName\":\"a\"}",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"]}",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"\"}",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"a\",\"userName\":\"b\"}",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"a\\u0000\"}",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"\\ud800\"}"
            })
    void aBodyThatIsNoneIsRefused(String body) {
        Answer answer = directory.post("/Users", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("schemas").path(0).asString())
                .isEqualTo("urn:ietf:params:scim:api:messages:2.0:Error");
        assertThat(answer.json().path("scimType").asString()).isIn("invalidSyntax", "invalidValue");
    }

    @Test
    void whatIsTooLargeTooDeepOrOfAnotherTypeIsRefused() {
        Map<String, Object> large = Pusher.user(name, Map.of("title", "x".repeat(1 << 20)));
        String deep = "{\"schemas\":[\"" + Pusher.USER + "\"],\"userName\":\"a\",\"title\":" + "[".repeat(10_000)
                + "]".repeat(10_000) + "}";
        Map<String, Object> long255 = Pusher.user("x".repeat(256), Map.of());

        refused(directory.post("/Users", large), 413, "");
        refused(directory.post("/Users", deep), 400, "invalidSyntax");
        refused(directory.post("/Users", long255), 400, "invalidValue");
        refused(directory.sending("text/plain").post("/Users", Pusher.user(name, Map.of())), 415, "");
        refused(directory.sending("nonsense").post("/Users", Pusher.user(name, Map.of())), 415, "");
        assertThat(directory
                        .sending("application/json; charset=utf-8")
                        .post("/Users", Pusher.user(name, Map.of()))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void aGroupHasTenThousandMembersAtMost() {
        String group = directory.pushed("/Groups", Pusher.group(Scene.name("Team")));
        List<String> many = IntStream.range(0, 30_000)
                .mapToObj(n -> new UUID(0x7000L, n).toString())
                .toList();
        Map<String, Object> all = new HashMap<>(Pusher.group("all"));
        all.put("members", many.stream().map(id -> Map.of("value", id)).toList());
        Map<String, Object> tooMany = new HashMap<>(all);
        tooMany.put("members", ((List<?>) all.get("members")).subList(0, 10_001));

        Answer whole = directory.put("/Groups/" + group, all);
        Answer more = directory.put("/Groups/" + group, tooMany);

        refused(whole, 413, "");
        assertThat(whole.json().path("detail").asString()).contains("1 MiB");
        refused(more, 400, "invalidValue");
        assertThat(more.json().path("detail").asString()).contains("10000 members");
        refused(
                directory.patch(
                        "/Groups/" + group, Collections.nCopies(1_001, Map.of()).toArray()),
                400,
                "invalidSyntax");
    }

    @Test
    void anIdOfAnotherKindIsNone() {
        String user = directory.user(name);
        String group = directory.pushed("/Groups", Pusher.group(Scene.name("Team")));

        for (String path : List.of(
                "/Users/" + group,
                "/Groups/" + user,
                "/Users/" + UUID.randomUUID(),
                "/Users/" + user.toUpperCase(Locale.ROOT),
                "/Users/nobody",
                "/Users/1",
                "/Nothing")) {
            refused(directory.get(path), 404, "");
            refused(directory.delete(path), 404, "");
        }
        refused(directory.put("/Groups/" + user, Pusher.group("a")), 404, "");
        refused(directory.post("/Groups", Pusher.group("a", group)), 400, "invalidValue");
        refused(directory.post("/Groups", Pusher.group("a", UUID.randomUUID().toString())), 400, "invalidValue");
        refused(directory.post("/Groups", Pusher.group("a", "nobody")), 400, "invalidValue");
        refused(directory.post("/Users/" + user, Pusher.user(name, Map.of())), 405, "");
    }

    @Test
    void itSaysWhatItKeeps() {
        JsonNode config = directory.get("/ServiceProviderConfig").json();

        assertThat(config.at("/patch/supported").asBoolean()).isTrue();
        assertThat(config.at("/bulk/supported").asBoolean(true)).isFalse();
        assertThat(directory.get("/Schemas").json().path("totalResults").asInt())
                .isEqualTo(2);
        assertThat(directory.get("/Schemas/" + Pusher.GROUP).json().path("name").asString())
                .isEqualTo("Group");
        assertThat(directory.get("/ResourceTypes").json().path("totalResults").asInt())
                .isEqualTo(2);
        assertThat(directory.get("/ResourceTypes/User").json().path("endpoint").asString())
                .isEqualTo("/Users");
        refused(directory.get("/Schemas/none"), 404, "");
        refused(directory.get("/Schemas?filter=id"), 403, "");
    }

    private static void refused(Answer answer, int status, String scimType) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/scim+json");
        assertThat(answer.json().at("/schemas/0").asString()).isEqualTo("urn:ietf:params:scim:api:messages:2.0:Error");
        assertThat(answer.json().path("status").asString()).isEqualTo(String.valueOf(status));
        assertThat(answer.json().path("scimType").asString("")).isEqualTo(scimType);
        assertThat(answer.json().path("detail").asString()).isNotBlank();
    }
}
