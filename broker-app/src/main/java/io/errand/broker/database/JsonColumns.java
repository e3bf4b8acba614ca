package io.errand.broker.database;

import io.errand.api.Json;
import java.lang.reflect.Type;
import java.util.Map;
import org.hibernate.cfg.MappingSettings;
import org.hibernate.type.format.AbstractJsonFormatMapper;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.stereotype.Component;

/** Columns of type {@code jsonb} are written as the wire is ({@code @JdbcTypeCode(SqlTypes.JSON)} on the entity's member). */
@Component
class JsonColumns implements HibernatePropertiesCustomizer {

    @Override
    public void customize(Map<String, Object> properties) {
        properties.put(MappingSettings.JSON_FORMAT_MAPPER, new Mapper());
    }

    private static final class Mapper extends AbstractJsonFormatMapper {

        @Override
        protected <T> T fromString(CharSequence text, Type type) {
            return Json.mapper()
                    .readValue(text.toString(), Json.mapper().getTypeFactory().constructType(type));
        }

        @Override
        protected <T> String toString(T value, Type type) {
            return Json.mapper()
                    .writerFor(Json.mapper().getTypeFactory().constructType(type))
                    .writeValueAsString(value);
        }
    }
}
