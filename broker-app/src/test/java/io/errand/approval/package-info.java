/** Approvals and break-glass as agents, approvers and operators see them: HTTP alone, from outside the service's packages. */
@org.jspecify.annotations.NullMarked
package io.errand.approval;
