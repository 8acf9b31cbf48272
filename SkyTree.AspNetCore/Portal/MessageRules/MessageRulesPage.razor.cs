using System.Text;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.Core.Admin;
using SkyTree.Core.Protocol;
using SkyTree.Rules;
using SkyTree.Rules.Testing;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Portal.MessageRules;

/// <summary>What gives topics other names and publishes messages again, how often each has, and trying it.</summary>
public sealed partial class MessageRulesPage
{
    private IReadOnlyList<RuleStatus>? _rules;
    private string? _failure;
    private string? _topic;
    private string? _client;
    private string? _user;
    private string? _payload;
    private RuleTestResult? _result;
    private string? _mistake;

    [Inject]
    private RuleAdmin Rules { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        OnPulse(_ => LoadAsync(), every: 2);
        await LoadAsync();
    }

    private static Severity ToneOf(SinkState? state) => state switch
    {
        null or SinkState.Running => Severity.Success,
        SinkState.Retrying => Severity.Error,
        SinkState.Paused => Severity.Warning,
        _ => Severity.Normal,
    };

    private string Say(RewriteTrial trial) =>
        trial.Rule is null ? S["Unchanged", trial.Topic!]
        : trial.Problem is not null ? S["RefusedBy", trial.Problem, trial.Rule]
        : S["RewrittenBy", trial.Topic!, trial.Rule];

    private string Say(RepublishTrial trial) => trial.Outcome switch
    {
        RepublishOutcome.Passed => S["PassedBy", trial.Rule, trial.From],
        RepublishOutcome.Failed => S["FailedBy", trial.Rule, trial.From, trial.Problem!],
        _ => S[trial.Retain ? "RepublishedRetained" : "RepublishedBy", trial.Rule, trial.Topic!, (int)trial.QoS],
    };

    private async Task LoadAsync()
    {
        try
        {
            _rules = await Rules.ListAsync(Caller, Gone);
            _failure = null;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    private void Try()
    {
        (_result, _mistake) = (null, null);
        try
        {
            _result = Rules.Test(
                Caller,
                new RuleTest
                {
                    Topic = _topic ?? "",
                    Payload = Encoding.UTF8.GetBytes(_payload ?? ""),
                    QoS = QoS.AtLeastOnce,
                    ClientId = _client ?? "",
                    UserName = string.IsNullOrEmpty(_user) ? null : _user,
                });
        }
        catch (AdminException exception)
        {
            _mistake = exception.Message;
        }
    }
}
