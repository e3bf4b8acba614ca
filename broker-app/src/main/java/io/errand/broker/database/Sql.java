package io.errand.broker.database;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.SqlTypeValue;
import org.springframework.jdbc.core.StatementCreatorUtils;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;

/**
 * A statement with named parameters.
 *
 * @param text a constant of the source: it is parsed once
 */
public record Sql(String text, Map<String, ? extends @Nullable Object> values) {

    private static final Map<String, ParsedSql> PARSED = new ConcurrentHashMap<>();

    /** Several as one: the driver sends them all before it waits for the first answer. */
    static String joined(List<Sql> statements) {
        return statements.stream().map(Sql::substituted).collect(Collectors.joining(";\n"));
    }

    static void bind(List<Sql> statements, PreparedStatement prepared) throws SQLException {
        int place = 1;
        for (Sql one : statements) {
            for (Object value : NamedParameterUtils.buildValueArray(one.parsed(), one.source(), null)) {
                StatementCreatorUtils.setParameterValue(prepared, place++, SqlTypeValue.TYPE_UNKNOWN, value);
            }
        }
    }

    private String substituted() {
        return NamedParameterUtils.substituteNamedParameters(parsed(), source());
    }

    private ParsedSql parsed() {
        return PARSED.computeIfAbsent(text, NamedParameterUtils::parseSqlStatement);
    }

    private MapSqlParameterSource source() {
        return new MapSqlParameterSource(values);
    }
}
