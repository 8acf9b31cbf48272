namespace SkyTree.Core.Security;

/// <summary>Who acts: fixed for the life of a connection, but for the user name, which re-authentication confirms.</summary>
/// <param name="ClientId">The client identifier.</param>
/// <param name="UserName">The authenticated user name; null: anonymous.</param>
/// <param name="RemoteAddress">The client's address without port, or null.</param>
public sealed record ClientIdentity(string ClientId, string? UserName, string? RemoteAddress);

/// <summary>What a client may do with topics. Called on the hot path: implementations neither block nor allocate for a permitted publish.</summary>
public interface IAuthorizer
{
    /// <summary>Whether the client may publish to the topic.</summary>
    /// <param name="client">Who.</param>
    /// <param name="topic">The topic name in UTF-8.</param>
    bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic);

    /// <summary>Whether the client may subscribe to the filter.</summary>
    /// <param name="client">Who.</param>
    /// <param name="filter">The topic filter, for a shared subscription without <c>$share/{group}/</c>.</param>
    bool MaySubscribe(ClientIdentity client, string filter);
}
