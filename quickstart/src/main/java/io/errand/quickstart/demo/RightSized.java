package io.errand.quickstart.demo;

import io.errand.api.AgentResource.ToolGrant;
import io.errand.api.RightsizingView;
import io.errand.cli.BrokerClient;
import java.util.List;

/** What the agent of the story needed, by what it was granted: enough for all of it again, and not one thing more. */
final class RightSized implements Step {

    private static final String PATH = "/admin/v1/agents/invoice-triage/rightsizing";

    @Override
    public String title() {
        return "What it did not need can go";
    }

    @Override
    public void play(Stage stage) {
        Narrator narrator = stage.narrator();
        BrokerClient client = stage.broker().client();
        narrator.say(
                "By now the broker knows what the agent needed. A smaller ceiling is held against all that was granted:");
        narrator.typed("./errand agents rightsize invoice-triage");
        RightsizingView size = client.get(PATH).as(RightsizingView.class);
        size.after().forEach(grant -> narrator.answer("  " + said(grant)));
        size.removed().forEach(grant -> narrator.answer("- " + said(grant)));
        narrator.proof(
                size.removed().equals(List.of(new ToolGrant("hr-db", List.of("read")))),
                "hr-db was never granted: it can go",
                size.toString());
        narrator.proof(
                size.replayed() > 0 && size.failing().isEmpty(),
                "each of " + size.replayed() + " grants would be granted again without it",
                size.toString());
        RightsizingView less = client.get(PATH + "?without=orders-db:write").as(RightsizingView.class);
        narrator.proof(
                !less.failing().isEmpty(),
                "without orders-db:write too, " + less.failing().size() + " would fail",
                less.toString());
    }

    private static String said(ToolGrant grant) {
        return grant.tool() + ":" + String.join(",", grant.actions());
    }
}
