using SkyTree.Core.Protocol;

namespace SkyTree.Core.InProcess;

/// <summary>The broker refused a subscription of this process, or has ended it.</summary>
public sealed class SubscriptionEndedException : Exception
{
    internal SubscriptionEndedException(ReasonCode code, string? reason)
        : base(reason is null ? $"The subscription has ended: {code}." : $"The subscription has ended: {code}, {reason}.") => Code = code;

    /// <summary>
    /// Why: <see cref="ReasonCode.SessionTakenOver"/>, <see cref="ReasonCode.AdministrativeAction"/>, <see cref="ReasonCode.UseAnotherServer"/>
    /// and <see cref="ReasonCode.ServerUnavailable"/> on a node that is cut off from its cluster or drained,
    /// <see cref="ReasonCode.TopicFilterInvalid"/>, <see cref="ReasonCode.QuotaExceeded"/>.
    /// </summary>
    public ReasonCode Code { get; }
}
