package io.errand.broker.database;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.jpa.EntityManagerFactoryBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.core.io.ResourceLoader;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.repository.config.BootstrapMode;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.JpaVendorAdapter;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypesScanner;
import org.springframework.orm.jpa.vendor.HibernateJpaDialect;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Registries are written by Spring Data JPA, in transactions of this name; all else is SQL, in transactions without an entity
 * manager. So Hibernate starts when an administrator first asks for a registry, and a replica that only serves agents does without.
 */
public final class RegistryTransactions {

    /** The name of the transaction manager for what an entity manager writes. */
    public static final String NAME = "registryTransactions";

    private static final String PACKAGE = "io.errand.broker";

    private RegistryTransactions() {}

    @Configuration(proxyBeanMethods = false)
    @EnableJpaRepositories(basePackages = PACKAGE, transactionManagerRef = NAME, bootstrapMode = BootstrapMode.LAZY)
    static class Setup {

        @Bean
        @Primary
        Transactions transactionManager(DataSource database) {
            return new Transactions(new JdbcTransactionManager(database));
        }

        @Bean(NAME)
        @Lazy
        JpaTransactionManager registryTransactions(EntityManagerFactory registries, Transactions transactions) {
            JpaTransactionManager manager = new JpaTransactionManager(registries);
            transactions.joins(manager);
            return manager;
        }

        /** It also says which of Spring's exceptions Hibernate's are. */
        @Bean
        HibernateJpaDialect jpaDialect() {
            return new WithinTransactionsOfRegistries();
        }

        @Bean
        JpaVendorAdapter jpaVendorAdapter(HibernateJpaDialect dialect) {
            return new HibernateJpaVendorAdapter() {

                @Override
                public HibernateJpaDialect getJpaDialect() {
                    return dialect;
                }
            };
        }

        @Bean
        PersistenceManagedTypes entities(ResourceLoader resources) {
            return new PersistenceManagedTypesScanner(resources).scan(PACKAGE);
        }

        /** Spring Boot's own cannot be lazy: a bean that is aware of load-time weaving is made before all others. */
        @Bean
        @Lazy
        EntityManagerFactory entityManagerFactory(
                EntityManagerFactoryBuilder builder, DataSource database, PersistenceManagedTypes entities) {
            LocalContainerEntityManagerFactoryBean factory =
                    builder.dataSource(database).managedTypes(entities).build();
            factory.afterPropertiesSet();
            return Objects.requireNonNull(factory.getObject());
        }

        /** Spring Data's, which would ask for the factory at once. */
        @Bean
        static BeanFactoryPostProcessor entityManagerIsLazyToo() {
            return beans ->
                    beans.getBeanDefinition("jpaSharedEM_entityManagerFactory").setLazyInit(true);
        }
    }

    /** Joins the registry's transaction where one is under way, and is one of SQL alone otherwise. */
    static final class Transactions implements PlatformTransactionManager {

        private final PlatformTransactionManager sql;
        private final AtomicReference<@Nullable JpaTransactionManager> registries = new AtomicReference<>();

        Transactions(PlatformTransactionManager sql) {
            this.sql = sql;
        }

        void joins(JpaTransactionManager manager) {
            registries.set(manager);
        }

        /** The same at the end of a transaction as at its beginning: nothing here suspends one without beginning another. */
        private PlatformTransactionManager current() {
            JpaTransactionManager manager = registries.get();
            EntityManagerFactory factory = manager == null ? null : manager.getEntityManagerFactory();
            return manager != null && factory != null && TransactionSynchronizationManager.hasResource(factory)
                    ? manager
                    : sql;
        }

        @Override
        public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
            return current().getTransaction(definition);
        }

        @Override
        public void commit(TransactionStatus status) {
            current().commit(status);
        }

        @Override
        public void rollback(TransactionStatus status) {
            current().rollback(status);
        }
    }

    /** An entity manager within a transaction of SQL alone would have a connection of its own, and not see or lock what that does. */
    static final class WithinTransactionsOfRegistries extends HibernateJpaDialect {

        @Override
        public Object prepareTransaction(EntityManager entities, boolean readOnly, @Nullable String name)
                throws PersistenceException {
            if (TransactionSynchronizationManager.isActualTransactionActive()) {
                throw new IllegalTransactionStateException(
                        "An entity is asked for in a transaction that is not one of " + NAME);
            }
            return super.prepareTransaction(entities, readOnly, name);
        }
    }
}
