using System.Globalization;
using System.Text;

namespace SkyTree.Docs.Tests.Conformance;

/// <summary><c>docs/conformance-statements.md</c>: every statement that binds a server, with who tests it.</summary>
internal static class StatementsPage
{
    public const string Path = "docs/conformance-statements.md";

    // More would say nothing more.
    private const int TestsShown = 4;

    public static string Write()
    {
        List<Statement> bound = [.. Statement.All.Where(statement => statement.BindsServer)];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # MQTT 5.0, statement by statement

            The {bound.Count} normative statements of the standard's appendix B that bind a server, in words of our own, and tests of each. Those that bind clients only are left out.
            A name with a slash is a scenario in `tests/SkyTree.Broker.Tests/Scenarios`, packets in and packets out; another one is a class of tests. What stands behind them, and
            choices that were made, is in [conformance.md](conformance.md). This page is written from the tests, with `{GeneratedPage.Command}`.


            """);
        foreach (IGrouping<string, Statement> chapter in bound.GroupBy(statement => Chapter(statement.Id)))
        {
            text.Append(CultureInfo.InvariantCulture, $"## {chapter.Key}\n\n| statement | | tests |\n|---|---|---|\n");
            foreach (Statement statement in chapter)
            {
                List<string> tests = [.. TestIndex.ByStatement[statement.Id].Order(StringComparer.Ordinal)];
                string shown = string.Join(", ", tests.Take(TestsShown).Select(test => $"`{test}`"));
                string more = tests.Count > TestsShown ? $", and {tests.Count - TestsShown} more" : "";
                text.Append(CultureInfo.InvariantCulture, $"| {statement.Id} | {statement.Text} | {shown}{more} |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd() + "\n";
    }

    // "MQTT-3.1.2-24" is of chapter 3.1.
    private static string Chapter(string id)
    {
        string[] parts = id.Split('-')[1].Split('.');
        return parts[0] switch
        {
            "1" => "1 Data representation",
            "2" => "2 Packet format",
            "3" => $"3.{parts[1]} {s_packets[int.Parse(parts[1], CultureInfo.InvariantCulture) - 1]}",
            "4" => "4 Operational behavior",
            "6" => "6 WebSocket",
            _ => parts[0],
        };
    }

    private static readonly string[] s_packets =
        ["CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"];
}
