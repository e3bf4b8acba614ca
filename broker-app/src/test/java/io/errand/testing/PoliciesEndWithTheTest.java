package io.errand.testing;

import java.lang.reflect.Field;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Takes the policies of a test's scene out of force after it: each that stays would cost every later decision. */
final class PoliciesEndWithTheTest implements AfterEachCallback {

    @Override
    public void afterEach(ExtensionContext context) throws IllegalAccessException {
        Object test = context.getRequiredTestInstance();
        for (Field field : ReflectionSupport.findFields(
                test.getClass(), field -> field.getType() == Scene.class, HierarchyTraversalMode.TOP_DOWN)) {
            field.setAccessible(true);
            if (field.get(test) instanceof Scene scene) {
                scene.withdrawPolicies();
            }
        }
    }
}
