using SkyTree.Rules;

namespace SkyTree.AspNetCore.Rules;

/// <summary>Has the administration of rules made with the program: other nodes ask it, whether somebody does here or not.</summary>
internal sealed class RuleService(RuleAdmin rules) : IHostedService
{
    /// <summary>What answers.</summary>
    public RuleAdmin Rules { get; } = rules;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
