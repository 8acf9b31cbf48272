using SkyTree.AspNetCore.Portal.Links;
using SkyTree.AspNetCore.Portal.Sessions;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Portal.Tests.Sessions;

public sealed class SessionQueryTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_address_without_filters_means_all() => Assert.Equal(new SessionFilter(), new SessionQuery().ToFilter(s_now));

    [Theory]
    [InlineData("device-*", "device-", null)]
    [InlineData("device-", null, "device-")]
    [InlineData("*", null, null)]
    [InlineData("", null, null)]
    public void A_star_at_the_end_asks_for_the_beginning(string search, string? prefix, string? part)
    {
        SessionFilter filter = new SessionQuery(Search: search).ToFilter(s_now);
        Assert.Equal((prefix, part), (filter.ClientIdPrefix, filter.ClientIdContains));
    }

    [Fact]
    public void All_filters_are_combined()
    {
        var node = Guid.NewGuid();
        SessionFilter filter = new SessionQuery("a", "offline", "durable", "bob", "10.", "3.1.1", "mqtt", node.ToString(), "1h").ToFilter(s_now);
        Assert.Equal(
            new SessionFilter
            {
                ClientIdContains = "a",
                IsConnected = false,
                IsDurable = true,
                UserNameContains = "bob",
                Address = "10.",
                Protocol = ProtocolVersion.V311,
                Listener = "mqtt",
                Node = node,
                Since = s_now.AddHours(-1),
            },
            filter);
    }

    [Fact]
    public void What_makes_no_sense_in_an_address_is_passed_over() =>
        Assert.Equal(new SessionFilter(), new SessionQuery(State: "x", Kind: "y", Protocol: "9", Node: "z", Since: "never").ToFilter(s_now));

    [Fact]
    public void Views_survive_the_browser_and_one_of_the_same_name_is_replaced()
    {
        IReadOnlyList<SavedView> views = SavedView.Add(SavedView.Add([], new SavedView("b", "q=1")), new SavedView("A", "q=2"));
        views = SavedView.Add(SavedView.Read(SavedView.Write(views)), new SavedView("b", "q=3"));
        Assert.Equal([new SavedView("A", "q=2"), new SavedView("b", "q=3")], views);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[{}]")]
    [InlineData("[{\"Name\":\"x\"}]")]
    public void What_a_browser_keeps_and_nobody_understands_is_no_view(string? text) => Assert.Empty(SavedView.Read(text));

    [Fact]
    public void A_view_has_the_filters_of_the_address_and_nothing_else() =>
        Assert.Equal("q=a%26b&state=offline", SavedView.QueryOf("http://x/sessions?state=offline&after=abc&q=a%26b&kind=", SessionQuery.Names));

    [Fact]
    public void Any_client_identifier_stands_in_an_address() =>
        Assert.Equal("sessions/one?id=a%2F..%3F%26%23%20b&tab=queued", PageLinks.Session("a/..?&# b", "queued"));

    [Fact]
    public void Rates_begin_anew_with_a_new_connection()
    {
        var history = new SessionHistory();
        history.Add(Live(s_now, 10), s_now);
        history.Add(Live(s_now, 30), s_now.AddSeconds(2));
        history.Add(Live(s_now.AddSeconds(3), 1), s_now.AddSeconds(4));
        history.Add(Live(s_now.AddSeconds(3), 2), s_now.AddSeconds(6));
        Assert.Equal([10, 0.5], history.Points.Select(point => point.ReceivedMessages));
    }

    private static SessionConnection Live(DateTimeOffset since, long messages) =>
        new() { ConnectedAt = since, Received = new Core.Connections.ConnectionTraffic(messages, messages, messages * 10) };
}
