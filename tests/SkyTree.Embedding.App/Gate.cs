using SkyTree.Core.Hooks;
using SkyTree.Core.InProcess;

namespace Plant;

/// <summary>The plant's own word on who may connect, and a note of who has tried.</summary>
internal sealed class Gate(ISkyTreeClient broker, Readings readings) : IConnectHook
{
    public async ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken)
    {
        if (!attempt.Client.ClientId.StartsWith("ghost", StringComparison.Ordinal))
        {
            return HookAnswer.Continue;
        }

        readings.Latest["ghost"] = attempt.Client.ClientId;
        await broker.PublishAsync("plant/ghosts", attempt.Client.ClientId, cancellationToken: cancellationToken);
        return HookAnswer.Refuse(reason: "not in this plant");
    }
}
