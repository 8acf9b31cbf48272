using System.Globalization;
using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Shared;

public sealed class KeysetGridTests
{
    [Fact]
    public async Task It_goes_forth_and_back_and_each_part_has_an_address()
    {
        await using ComponentContext context = new();
        IRenderedComponent<KeysetGrid<string>> grid = Draw(context, LoadNumbersAsync);
        Assert.Equal("row 0", FirstRow(grid));
        Press(grid, "Next part");
        Assert.Equal("row 50", FirstRow(grid));
        Assert.EndsWith("?after=50", Address(context), StringComparison.Ordinal);
        Press(grid, "Next part");
        Assert.Equal("row 100", FirstRow(grid));
        Assert.True(Button(grid, "Next part").HasAttribute("disabled"));
        Press(grid, "Previous part");
        Assert.Equal("row 50", FirstRow(grid));
        Press(grid, "First part");
        Assert.Equal("row 0", FirstRow(grid));
        Assert.DoesNotContain("after", Address(context), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_rows_at_a_time_begin_at_the_front()
    {
        await using ComponentContext context = new();
        IRenderedComponent<KeysetGrid<string>> grid = Draw(context, LoadNumbersAsync);
        Press(grid, "Next part");
        grid.Find("select").Change("100");
        Assert.Equal("row 0", FirstRow(grid));
        Assert.Equal(100, grid.FindAll("tbody tr").Count);
        Assert.EndsWith("?size=100", Address(context), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_broker_refuses_is_told_and_can_be_tried_again()
    {
        bool isAway = true;
        await using ComponentContext context = new();
        IRenderedComponent<KeysetGrid<string>> grid = Draw(context, (request, _) => isAway
            ? throw new AdminException(AdminError.Unavailable, "away", "The store does not answer.")
            : LoadNumbersAsync(request, default));
        Assert.Contains("The store does not answer.", grid.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        isAway = false;
        grid.FindAll("button").Single(button => button.TextContent.Trim() == "Try again").Click();
        Assert.Equal("row 0", FirstRow(grid));
    }

    [Fact]
    public async Task Nothing_and_nodes_that_are_away_are_told()
    {
        await using ComponentContext context = new();
        IRenderedComponent<KeysetGrid<string>> grid = Draw(context, (_, _) => new(new Page<string>([], null)));
        Assert.Contains("There is nothing here yet", grid.Markup, StringComparison.Ordinal);
        await using ComponentContext other = new();
        grid = Draw(other, (_, _) => new(new Page<string>(["a"], null) { Unavailable = [Guid.NewGuid(), Guid.NewGuid()] }));
        Assert.Contains("2 nodes did not answer", grid.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_has_been_removed_is_not_fetched_any_more()
    {
        int asked = 0;
        await using ComponentContext context = new();
        IRenderedComponent<KeysetGrid<string>> grid = Draw(context, (request, _) =>
        {
            asked++;
            return LoadNumbersAsync(request, default);
        });
        KeysetGrid<string> removed = grid.Instance;
        await context.DisposeComponentsAsync();
        await removed.ReloadAsync();
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task An_answer_that_comes_late_does_not_replace_a_newer_one()
    {
        var late = new TaskCompletionSource<Page<string>>();
        await using ComponentContext context = new();
        int asked = 0;
        IRenderedComponent<KeysetGrid<string>> grid = Draw(context, (request, _) => ++asked == 1 ? new(late.Task) : new(new Page<string>(["new"], null)));
        Assert.NotEmpty(grid.FindAll("[aria-busy=true]"));
        Press(grid, "Fetch anew");
        await grid.InvokeAsync(() => late.SetResult(new Page<string>(["old"], null)));
        Assert.Equal("new", FirstRow(grid));
        Assert.Empty(grid.FindAll("[aria-busy=true]"));
    }

    // 110 rows; the cursor is the next row's number.
    private static ValueTask<Page<string>> LoadNumbersAsync(KeysetRequest request, CancellationToken cancellation)
    {
        int first = int.Parse(request.After ?? "0", CultureInfo.InvariantCulture);
        int count = Math.Min(request.Limit, 110 - first);
        return new(new Page<string>([.. Enumerable.Range(first, count).Select(row => $"row {row}")], first + count < 110 ? $"{first + count}" : null));
    }

    private static IRenderedComponent<KeysetGrid<string>> Draw(ComponentContext context, Func<KeysetRequest, CancellationToken, ValueTask<Page<string>>> load) =>
        context.Render<KeysetGrid<string>>(grid => grid
            .Add(g => g.Name, "test")
            .Add(g => g.Label, "Rows")
            .Add(g => g.Load, load)
            .Add(g => g.Key, row => row)
            .Add(g => g.Columns, (RenderTreeBuilder builder) =>
            {
                builder.OpenComponent<GridColumn<string>>(0);
                builder.AddAttribute(1, nameof(GridColumn<string>.Name), "row");
                builder.AddAttribute(2, nameof(GridColumn<string>.Title), "Row");
                builder.AddAttribute(3, nameof(GridColumn<string>.Value), (Func<string, string?>)(row => row));
                builder.CloseComponent();
            }));

    private static string FirstRow(IRenderedComponent<KeysetGrid<string>> grid) => grid.Find("tbody tr td").TextContent.Trim();

    private static IElement Button(IRenderedComponent<KeysetGrid<string>> grid, string label) => grid.Find($"button[aria-label='{label}']");

    private static void Press(IRenderedComponent<KeysetGrid<string>> grid, string label) => Button(grid, label).Click();

    private static string Address(ComponentContext context) => context.Services.GetRequiredService<NavigationManager>().Uri;
}
