package io.errand.broker.directory;

import io.errand.broker.shared.ErrandProperties;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What clients are told of this service (RFC 7643 §5 to §7): attributes that are kept, and no others. */
final class ScimDiscovery {

    private static final String CORE = "urn:ietf:params:scim:schemas:core:2.0:";

    private final ErrandProperties errand;

    ScimDiscovery(ErrandProperties errand) {
        this.errand = errand;
    }

    Map<String, Object> service() {
        Map<String, Object> all = resource("ServiceProviderConfig");
        all.put("patch", Map.of("supported", true));
        all.put("bulk", Map.of("supported", false, "maxOperations", 0, "maxPayloadSize", 0));
        all.put("filter", Map.of("supported", true, "maxResults", ScimQuery.MOST));
        all.put("changePassword", Map.of("supported", false));
        all.put("sort", Map.of("supported", false));
        all.put("etag", Map.of("supported", false));
        all.put(
                "authenticationSchemes",
                List.of(Map.of(
                        "type", "oauthbearertoken",
                        "name", "Bearer",
                        "description", "A bearer that an administrator made: errand directory token create",
                        "specUri", "https://www.rfc-editor.org/info/rfc6750")));
        all.put("meta", meta("ServiceProviderConfig", "ServiceProviderConfig"));
        return all;
    }

    List<Map<String, Object>> types() {
        return Stream.of(EntryKind.values()).map(this::type).toList();
    }

    Optional<Map<String, Object>> type(String id) {
        return Stream.of(EntryKind.values())
                .filter(kind -> kind.type().equals(id))
                .findFirst()
                .map(this::type);
    }

    private Map<String, Object> type(EntryKind kind) {
        Map<String, Object> all = resource("ResourceType");
        all.put("id", kind.type());
        all.put("name", kind.type());
        all.put("endpoint", "/" + kind.path());
        all.put("schema", kind.schema());
        all.put("meta", meta("ResourceType", "ResourceTypes/" + kind.type()));
        return all;
    }

    List<Map<String, Object>> schemas() {
        return Stream.of(EntryKind.values()).map(this::schema).toList();
    }

    Optional<Map<String, Object>> schema(String id) {
        return Stream.of(EntryKind.values())
                .filter(kind -> kind.schema().equals(id))
                .findFirst()
                .map(this::schema);
    }

    private Map<String, Object> schema(EntryKind kind) {
        Map<String, Object> all = resource("Schema");
        all.put("id", kind.schema());
        all.put("name", kind.type());
        all.put(
                "description",
                kind == EntryKind.USER ? "Somebody who may answer for agents" : "A group that may answer for agents");
        all.put("attributes", kind == EntryKind.USER ? ofUsers() : ofGroups());
        all.put("meta", meta("Schema", "Schemas/" + kind.schema()));
        return all;
    }

    private static List<Map<String, Object>> ofUsers() {
        Map<String, Object> userName =
                text("userName", "An owner of agents is called this, or by the e-mail address", true);
        userName.put("uniqueness", "server");
        Map<String, Object> emails = attribute("emails", "complex", "One address is kept", true);
        emails.put(
                "subAttributes",
                List.of(
                        text("value", "The address", false),
                        text("type", "work, of the one that is kept", false),
                        attribute("primary", "boolean", "Whether it is the one to be kept", false)));
        return List.of(
                userName,
                text("displayName", "For people to read", false),
                emails,
                attribute("active", "boolean", "Whether they are there", false));
    }

    private static List<Map<String, Object>> ofGroups() {
        Map<String, Object> value = text("value", "The id of a User", false);
        value.put("mutability", "immutable");
        Map<String, Object> reference = attribute("$ref", "reference", "The address of the User", false);
        reference.put("referenceTypes", List.of("User"));
        reference.put("mutability", "immutable");
        Map<String, Object> type = text("type", "User", false);
        type.put("mutability", "immutable");
        type.put("canonicalValues", List.of("User"));
        Map<String, Object> members = attribute("members", "complex", "Who is in it: people, and no groups", true);
        members.put("subAttributes", List.of(value, reference, type));
        return List.of(text("displayName", "An owner of agents is called this", true), members);
    }

    private static Map<String, Object> text(String name, String description, boolean required) {
        Map<String, Object> text = attribute(name, "string", description, false);
        text.put("required", required);
        text.put("caseExact", false);
        text.put("uniqueness", "none");
        return text;
    }

    private static Map<String, Object> attribute(String name, String type, String description, boolean many) {
        Map<String, Object> attribute = new LinkedHashMap<>();
        attribute.put("name", name);
        attribute.put("type", type);
        attribute.put("multiValued", many);
        attribute.put("description", description);
        attribute.put("required", false);
        attribute.put("mutability", "readWrite");
        attribute.put("returned", "default");
        return attribute;
    }

    private static Map<String, Object> resource(String type) {
        Map<String, Object> resource = new LinkedHashMap<>();
        resource.put("schemas", List.of(CORE + type));
        return resource;
    }

    private Map<String, String> meta(String type, String path) {
        return Map.of("resourceType", type, "location", ScimResources.address(errand, path));
    }
}
