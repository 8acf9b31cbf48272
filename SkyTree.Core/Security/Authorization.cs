using SkyTree.Core.Protocol;

namespace SkyTree.Core.Security;

/// <summary>Who acts: fixed for the life of a connection, but for the user name, which re-authentication confirms.</summary>
/// <param name="ClientId">The client identifier.</param>
/// <param name="UserName">The authenticated user name; null: anonymous.</param>
/// <param name="RemoteAddress">The client's address without port, or null.</param>
public sealed record ClientIdentity(string ClientId, string? UserName, string? RemoteAddress)
{
    /// <summary>What the authenticator said besides; null: nothing.</summary>
    public ClientGrant? Grant { get; init; }

    /// <summary>What the authorizer remembers of its decisions; its own, and the connection's thread's.</summary>
    internal object? Memory { get; set; }
}

/// <summary>What a client may do with topics. Called on the hot path: implementations neither block nor allocate for a permitted publish.</summary>
internal interface IAuthorizer
{
    /// <summary>Whether the client may publish to the topic.</summary>
    /// <param name="client">Who.</param>
    /// <param name="topic">The topic name in UTF-8.</param>
    bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic);

    /// <summary>Whether the client may subscribe to the filter.</summary>
    /// <param name="client">Who.</param>
    /// <param name="filter">The topic filter, for a shared subscription without <c>$share/{group}/</c>.</param>
    bool MaySubscribe(ClientIdentity client, string filter);

    /// <summary>The same with what a rule may depend on besides.</summary>
    /// <param name="client">Who.</param>
    /// <param name="topic">The topic name in UTF-8.</param>
    /// <param name="qos">The message's QoS.</param>
    /// <param name="retain">Whether it is to be retained.</param>
    bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic, QoS qos, bool retain) => MayPublish(client, topic);

    /// <summary>The same with what a rule may depend on besides.</summary>
    /// <param name="client">Who.</param>
    /// <param name="filter">The topic filter, for a shared subscription without <c>$share/{group}/</c>.</param>
    /// <param name="qos">The QoS that is asked for.</param>
    /// <param name="replay">Whether stored messages are asked for, too.</param>
    bool MaySubscribe(ClientIdentity client, string filter, QoS qos, bool replay) => MaySubscribe(client, filter);

    /// <summary>
    /// What this client's verdicts come from now: another object when they may have changed. What was granted is then judged again,
    /// filter by filter and topic by topic, as messages are delivered. Asked for each delivery, on any thread.
    /// </summary>
    /// <param name="client">Who.</param>
    /// <returns>Null: what it was granted stays so.</returns>
    object? RulesOf(ClientIdentity client) => null;
}
