using System.Text;
using Bunit;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Shared;

public sealed class PayloadViewTests
{
    private const string Picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Theory]
    [InlineData("""{"on":true,"beds":[1,2]}""", "JSON Text Hex")]
    [InlineData("just text", "Text Hex")]
    public async Task A_text_can_be_shown_in_each_way_that_fits(string payload, string ways)
    {
        await using ComponentContext context = new();
        IRenderedComponent<PayloadView> view = Draw(context, Encoding.UTF8.GetBytes(payload));
        Assert.Equal(ways.Split(' '), Ways(view));
        Press(view, "Text");
        Assert.Equal(payload, view.Find("pre").TextContent);
        Press(view, "Hex");
        Assert.StartsWith("000000  ", view.Find("pre").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_folded_by_member_and_says_how_many_there_are()
    {
        await using ComponentContext context = new();
        IRenderedComponent<PayloadView> view = Draw(context, """{"one":{"only":1},"list":[1,2,3]}"""u8.ToArray());
        string[] summaries = [.. view.FindAll("summary").Select(summary => summary.TextContent.Trim())];
        Assert.Contains(summaries, summary => summary.EndsWith("1 member", StringComparison.Ordinal));
        Assert.Contains(summaries, summary => summary.EndsWith("3 items", StringComparison.Ordinal));
        Assert.Contains(summaries, summary => summary.EndsWith("2 members", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cbor_is_shown_in_diagnostic_notation()
    {
        await using ComponentContext context = new();
        IRenderedComponent<PayloadView> view = Draw(context, Convert.FromHexString("A26161016162820203"));
        Assert.Equal(["CBOR", "Hex"], Ways(view));
        Assert.Contains("\"b\": [", view.Find("pre").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_is_shown_from_the_payload_itself()
    {
        await using ComponentContext context = new();
        IRenderedComponent<PayloadView> view = Draw(context, Convert.FromBase64String(Picture));
        Assert.Equal("data:image/png;base64," + Picture, view.Find("img").GetAttribute("src"));
        Assert.NotEmpty(view.Find("img").GetAttribute("alt")!);
    }

    [Fact]
    public async Task Nothing_is_told_as_nothing()
    {
        await using ComponentContext context = new();
        Assert.Empty(Draw(context, []).FindAll("pre"));
    }

    [Fact]
    public async Task Another_payload_is_shown_in_its_own_best_way()
    {
        await using ComponentContext context = new();
        IRenderedComponent<PayloadView> view = Draw(context, """{"a":1}"""u8.ToArray());
        Assert.NotEmpty(view.FindAll(".st-json"));
        view.Render(parameters => parameters.Add(shown => shown.Payload, "words"u8.ToArray()));
        Assert.Equal("words", view.Find("pre").TextContent);
    }

    private static IRenderedComponent<PayloadView> Draw(ComponentContext context, byte[] payload) =>
        context.Render<PayloadView>(parameters => parameters.Add(shown => shown.Payload, payload).Add(shown => shown.FileName, "payload"));

    private static string[] Ways(IRenderedComponent<PayloadView> view) => [.. view.FindAll("[role=group] button").Select(button => button.TextContent.Trim())];

    private static void Press(IRenderedComponent<PayloadView> view, string way) => view.FindAll("[role=group] button").Single(button => button.TextContent.Trim() == way).Click();
}
