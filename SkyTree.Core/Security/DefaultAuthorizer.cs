namespace SkyTree.Core.Security;

/// <summary>Permits everything but publishing to <c>$SYS</c> and below, which is the broker's own (MQTT 5.0, 4.7.2).</summary>
public sealed class DefaultAuthorizer : IAuthorizer
{
    /// <inheritdoc/>
    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic) =>
        !topic.StartsWith("$SYS"u8) || (topic.Length > 4 && topic[4] != (byte)'/');

    /// <inheritdoc/>
    public bool MaySubscribe(ClientIdentity client, string filter) => true;
}
