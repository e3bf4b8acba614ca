package io.errand.broker.console;

import java.time.Duration;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The style sheet. */
@Configuration(proxyBeanMethods = false)
class Assets implements WebMvcConfigurer {

    static final String PATH = "/console/assets/";

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler(PATH + "**")
                .addResourceLocations("classpath:/console/")
                .setCacheControl(CacheControl.maxAge(Duration.ofHours(1)).cachePrivate());
    }
}
