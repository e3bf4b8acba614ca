package io.errand.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A word stands for one thing in all of the service. */
class NamesTest {

    @Test
    void noTwoTopLevelTypesShareASimpleName() {
        Map<String, Set<String>> named = new TreeMap<>();
        new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages(Errand.class.getPackageName())
                        .stream()
                        .filter(JavaClass::isTopLevelClass)
                        .filter(type -> !type.getSimpleName().equals("package-info"))
                        .forEach(type -> named.computeIfAbsent(type.getSimpleName(), name -> new TreeSet<>())
                                .add(type.getName()));

        assertThat(named).hasSizeGreaterThan(300);
        assertThat(named.values()).allMatch(types -> types.size() == 1);
    }
}
