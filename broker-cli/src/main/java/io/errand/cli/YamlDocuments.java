package io.errand.cli;

import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads YAML as JSON with line numbers. Only what JSON can say is understood: plain scalars are null, true, false or numbers in
 * JSON's own spelling, and text otherwise (so dates, durations, {@code yes} and {@code 010} stay text). Aliases, tags and merge
 * keys are refused.
 */
final class YamlDocuments {

    private static final int MAX_DEPTH = 32;

    private final String file;
    private final List<Mistake> mistakes;

    private YamlDocuments(String file, List<Mistake> mistakes) {
        this.file = file;
        this.mistakes = mistakes;
    }

    /** @param mistakes receives what is wrong; a document that has a mistake is left out */
    static List<Document> read(String file, String text, List<Mistake> mistakes) {
        return new YamlDocuments(file, mistakes).documents(text);
    }

    private List<Document> documents(String text) {
        List<Document> documents = new ArrayList<>();
        try {
            for (Event event : parser().parse(new StringReader(text))) {
                refuseWhatJsonCannotSay(event);
            }
            if (!mistakes.isEmpty()) {
                return documents;
            }
            for (Node root : parser().composeAll(new StringReader(text))) {
                add(root, documents);
            }
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            mistakes.add(
                    new Mistake(file, line(mark), mark.getColumn() + 1, "", "this is not YAML: " + e.getProblem()));
        } catch (YAMLException e) {
            mistakes.add(Mistake.at(file, 1, "", "this is not YAML: " + e.getMessage()));
        }
        return documents;
    }

    private static Yaml parser() {
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(ResourceFiles.MAX_BYTES);
        limits.setNestingDepthLimit(MAX_DEPTH);
        limits.setMaxAliasesForCollections(0);
        limits.setAllowDuplicateKeys(false);
        DumperOptions unused = new DumperOptions();
        return new Yaml(new SafeConstructor(limits), new Representer(unused), unused, limits, new JsonScalars());
    }

    private void refuseWhatJsonCannotSay(Event event) {
        String tag = switch (event) {
            case ScalarEvent scalar -> scalar.getTag();
            case CollectionStartEvent collection -> collection.getTag();
            default -> null;
        };
        if (event instanceof AliasEvent alias) {
            mistakes.add(Mistake.at(
                    file,
                    line(alias.getStartMark()),
                    "",
                    "aliases are not understood; write the value of *" + alias.getAnchor() + " out"));
        } else if (tag != null && !tag.equals("!")) {
            mistakes.add(
                    Mistake.at(file, line(event.getStartMark()), "", "tags are not understood; leave " + tag + " out"));
        }
    }

    private void add(Node root, List<Document> documents) {
        if (root instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL)) {
            return; // nothing between two lines of dashes
        }
        Document.Lines lines = new Document.Lines(line(root.getStartMark()));
        int before = mistakes.size();
        JsonNode content = convert(root, "", lines);
        if (mistakes.size() > before) {
            return;
        }
        if (content instanceof ObjectNode object) {
            documents.add(new Document(file, object, lines));
        } else {
            mistakes.add(Mistake.at(
                    file, line(root.getStartMark()), "", "a resource is a list of members, such as kind: Agent"));
        }
    }

    private JsonNode convert(Node node, String path, Document.Lines lines) {
        return switch (node) {
            case MappingNode mapping -> object(mapping, path, lines);
            case SequenceNode sequence -> array(sequence, path, lines);
            case ScalarNode scalar -> scalar(scalar, path, lines);
            default -> throw new IllegalStateException("No other nodes are left: " + node.getNodeId());
        };
    }

    private ObjectNode object(MappingNode mapping, String path, Document.Lines lines) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (NodeTuple tuple : mapping.getValue()) {
            Node key = tuple.getKeyNode();
            if (!(key instanceof ScalarNode name)) {
                mistakes.add(Mistake.at(file, line(key.getStartMark()), path, "the name of a member is text"));
                continue;
            }
            String member = Document.child(path, name.getValue());
            if (object.has(name.getValue())) {
                mistakes.add(Mistake.at(
                        file,
                        line(key.getStartMark()),
                        member,
                        "is here twice; the first is on line " + lines.of(member)));
                continue;
            }
            lines.member(member, line(key.getStartMark()));
            object.set(name.getValue(), convert(tuple.getValueNode(), member, lines));
        }
        return object;
    }

    private ArrayNode array(SequenceNode sequence, String path, Document.Lines lines) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Node item : sequence.getValue()) {
            String member = Document.child(path, array.size());
            lines.member(member, line(item.getStartMark()));
            array.add(convert(item, member, lines));
        }
        return array;
    }

    private static JsonNode scalar(ScalarNode scalar, String path, Document.Lines lines) {
        boolean block = scalar.getScalarStyle() == DumperOptions.ScalarStyle.LITERAL
                || scalar.getScalarStyle() == DumperOptions.ScalarStyle.FOLDED;
        lines.text(path, line(scalar.getStartMark()) + (block ? 1 : 0));
        String value = scalar.getValue();
        JsonNodeFactory json = JsonNodeFactory.instance;
        if (scalar.getTag().equals(Tag.NULL)) {
            return json.nullNode();
        }
        if (scalar.getTag().equals(Tag.BOOL)) {
            return json.booleanNode(value.equals("true"));
        }
        if (scalar.getTag().equals(Tag.INT)) {
            return json.numberNode(new BigInteger(value));
        }
        if (scalar.getTag().equals(Tag.FLOAT)) {
            return json.numberNode(new BigDecimal(value));
        }
        return json.stringNode(value);
    }

    private static int line(Mark mark) {
        return mark.getLine() + 1;
    }

    /** Plain scalars as JSON spells them (YAML 1.2 §10.2), and nothing of YAML 1.1's own ideas. */
    private static final class JsonScalars extends Resolver {

        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.NULL, Pattern.compile("~|null|"), "~n\0", 10);
            addImplicitResolver(Tag.NULL, Pattern.compile("^$"), null, 10);
            addImplicitResolver(Tag.BOOL, Pattern.compile("true|false"), "tf", 10);
            addImplicitResolver(Tag.INT, Pattern.compile("-?(?:0|[1-9][0-9]{0,18})"), "-0123456789", 20);
            addImplicitResolver(
                    Tag.FLOAT,
                    Pattern.compile("-?(?:0|[1-9][0-9]{0,18})(?:\\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,3})?"),
                    "-0123456789",
                    30);
        }
    }
}
