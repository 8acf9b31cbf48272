using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.AspNetCore.Portal.Settings;

/// <summary>How this node is set up, and where each value comes from. What can be changed while it runs is changed here.</summary>
public sealed partial class SettingsPage
{
    private const string Root = "SkyTree:";

    private static readonly string[] s_sources = [.. Enum.GetNames<ConfigSource>()];

    private IReadOnlyList<ListenerItem> _listeners = [];
    private IReadOnlyList<ConfigValue> _values = [];
    private IReadOnlyList<string> _sections = [];

    [Inject]
    private ConfigView Config { get; set; } = default!;

    [Inject]
    private ListenerControl Listeners { get; set; } = default!;

    [Inject]
    private SkyTreeOptions Options { get; set; } = default!;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "section")]
    private string? Section { get; set; }

    [SupplyParameterFromQuery(Name = "source")]
    private string? Source { get; set; }

    private bool MayChange => User.May(AdminArea.Config, AdminAccess.Write);

    private bool MayListen => User.May(AdminArea.Listeners, AdminAccess.Write);

    private IReadOnlyList<ConfigValue> Shown =>
    [
        .. _values.Where(value =>
            (string.IsNullOrEmpty(Search) || value.Key.Contains(Search, StringComparison.OrdinalIgnoreCase) || value.Value?.Contains(Search, StringComparison.OrdinalIgnoreCase) == true)
            && (string.IsNullOrEmpty(Section) || SectionOf(value.Key) == Section)
            && (string.IsNullOrEmpty(Source) || value.Source.ToString() == Source)),
    ];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _values = Config.List(Caller, null);
        _sections = [.. _values.Select(value => SectionOf(value.Key)).Distinct()];
        Look();
        OnPulse(_ =>
        {
            Look();
            return Task.CompletedTask;
        }, every: 2);
    }

    private async Task ChangeAsync(ConfigValue value)
    {
        await Dialogs.EditAsync(new DialogParameters<SettingDialog> { { dialog => dialog.Key, value.Key } });
        _values = Config.List(Caller, null);
        Look();
    }

    private static string SectionOf(string key) => key[Root.Length..].Split(':') is [var section, _, ..] ? section : "General";

    private static string Variable(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private void Look() => _listeners = Listeners.List(Caller);

    private void Set(string name, string value) => SetQuery(new Dictionary<string, object?> { [name] = value }, replace: true);

    private ConfigValue? Configured(string key) => _values.FirstOrDefault(value => value.Key == key);

    private string SourceText(string key) => T["Settings.Source." + (Configured(key)?.Source ?? ConfigSource.Default)];

    private string Rates(ListenerItem listener)
    {
        List<string> rates = [];
        Add("Settings.ConnectionsPerSecond", listener.Limits.ConnectionsPerSecond, value => Format.Number(value));
        Add("Settings.PublishesPerSecond", listener.Limits.PublishesPerSecond, value => Format.Number(value));
        Add("Settings.BytesPerSecond", listener.Limits.BytesPerSecond, value => Format.Bytes(value));
        return rates.Count == 0 ? T["Settings.NoLimit"] : string.Join(", ", rates);

        void Add(string name, long value, Func<long, object> text)
        {
            if (value > 0)
            {
                rates.Add(T[name, text(value)]);
            }
        }
    }

    private string RetentionText(RetentionRule rule)
    {
        List<string> parts = [];
        if (rule.LastPerTopic)
        {
            parts.Add(T["Settings.LastPerTopic"]);
        }

        if (rule.MaximumAgeSeconds > 0)
        {
            parts.Add(T["Settings.Age", Format.Duration(TimeSpan.FromSeconds(rule.MaximumAgeSeconds))]);
        }

        if (rule.MaximumMessages > 0)
        {
            parts.Add(T["Settings.Messages", Format.Number(rule.MaximumMessages)]);
        }

        if (rule.MaximumBytes > 0)
        {
            parts.Add(Format.Bytes(rule.MaximumBytes));
        }

        return parts.Count == 0 ? T["Settings.NoLimit"] : string.Join(", ", parts);
    }

    private string QueueText()
    {
        QueueLimits limits = Options.Store.QueueLimits;
        List<string> parts = [];
        if (limits.MaximumMessages > 0)
        {
            parts.Add(T["Settings.Messages", Format.Number(limits.MaximumMessages)]);
        }

        if (limits.MaximumBytes > 0)
        {
            parts.Add(Format.Bytes(limits.MaximumBytes));
        }

        if (limits.MaximumAgeSeconds > 0)
        {
            parts.Add(T["Settings.Age", Format.Duration(TimeSpan.FromSeconds(limits.MaximumAgeSeconds))]);
        }

        return parts.Count == 0 ? T["Settings.NoLimit"] : $"{string.Join(", ", parts)}; {T["Settings.Policy." + limits.Policy]}";
    }

    private async Task ToggleAsync(ListenerItem listener)
    {
        if (!listener.IsOpen)
        {
            await TryAsync(() => Listeners.StartAsync(Caller, listener.Name), T["Settings.Reopened", listener.Name]);
        }
        else
        {
            await Dialogs.ConfirmAsync(new ConfirmQuestion
            {
                Title = T["Settings.CloseTitle", listener.Name],
                Text = T["Settings.CloseText", Format.Number(listener.Connections)],
                Action = T["Settings.Close"],
                Act = () => Listeners.StopAsync(Caller, listener.Name),
            });
        }

        Look();
    }
}
