package io.errand.broker.shared.doctor;

import io.errand.api.DoctorReport;
import io.errand.broker.shared.web.Answers;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** For administrators, operators and auditors: what is wrong, and what to do. */
@RestController
class DoctorEndpoint {

    private final Doctor doctor;

    DoctorEndpoint(Doctor doctor) {
        this.doctor = doctor;
    }

    /** Looks at everything now, which takes nine seconds at most. It is 200 whatever was found: read {@code status}. */
    @Answers(DoctorReport.class)
    @GetMapping("/admin/v1/doctor")
    ResponseEntity<Object> report() {
        return ResponseEntity.ok(doctor.examine());
    }
}
