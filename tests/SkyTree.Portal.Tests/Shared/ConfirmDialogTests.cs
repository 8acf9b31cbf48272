using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Shared;

public sealed class ConfirmDialogTests
{
    [Fact]
    public async Task What_is_large_is_done_only_when_its_word_was_typed()
    {
        await using ComponentContext context = new();
        IRenderedComponent<MudDialogProvider> shown = context.Render<MudDialogProvider>();
        bool done = false;
        Task<bool> asked = AskAsync(context, shown, Question(() => done = true) with { Count = 12_345, TypeToConfirm = "sensors" });
        Assert.Contains("12,345", shown.Markup, StringComparison.Ordinal);
        Assert.True(Action(shown).HasAttribute("disabled"));
        shown.Find("input").Input("sensor");
        Assert.True(Action(shown).HasAttribute("disabled"));
        shown.Find("input").Input("sensors");
        Action(shown).Click();
        Assert.True(await asked.WaitAsync(Deadline.Default));
        Assert.True(done);
    }

    [Fact]
    public async Task What_fails_is_told_in_the_dialog_and_can_be_tried_again()
    {
        await using ComponentContext context = new();
        IRenderedComponent<MudDialogProvider> shown = context.Render<MudDialogProvider>();
        int tries = 0;
        Task<bool> asked = AskAsync(context, shown, Question(() =>
        {
            if (++tries == 1)
            {
                throw new AdminException(AdminError.Unavailable, "away", "The node is away.");
            }
        }));
        Action(shown).Click();
        Assert.Contains("The node is away.", shown.Markup, StringComparison.Ordinal);
        Action(shown).Click();
        Assert.True(await asked.WaitAsync(Deadline.Default));
    }

    [Fact]
    public async Task Cancelled_it_does_nothing()
    {
        await using ComponentContext context = new();
        IRenderedComponent<MudDialogProvider> shown = context.Render<MudDialogProvider>();
        bool done = false;
        Task<bool> asked = AskAsync(context, shown, Question(() => done = true));
        shown.FindAll("button").Single(button => button.TextContent.Trim() == "Cancel").Click();
        Assert.False(await asked.WaitAsync(Deadline.Default));
        Assert.False(done);
    }

    private static ConfirmQuestion Question(Action act) => new()
    {
        Title = "Clear the topics?",
        Text = "Their messages are gone then.",
        Action = "Clear",
        Act = () =>
        {
            act();
            return Task.CompletedTask;
        },
    };

    private static Task<bool> AskAsync(ComponentContext context, IRenderedComponent<MudDialogProvider> shown, ConfirmQuestion question)
    {
        Task<bool> asked = shown.InvokeAsync(() => context.Services.GetRequiredService<IDialogService>().ConfirmAsync(question));
        shown.WaitForElement(".mud-dialog", Deadline.Default);
        return asked;
    }

    private static AngleSharp.Dom.IElement Action(IRenderedComponent<MudDialogProvider> shown) =>
        shown.FindAll("button").Single(button => button.TextContent.Trim() == "Clear");
}
