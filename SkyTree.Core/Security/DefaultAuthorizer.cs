using SkyTree.Core.Protocol;

namespace SkyTree.Core.Security;

/// <summary>Permits everything but publishing to <c>$SYS</c> and below, which is the broker's own (MQTT 5.0, 4.7.2).</summary>
internal sealed class DefaultAuthorizer : IAuthorizer
{
    /// <inheritdoc/>
    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic) => !TopicName.IsSys(topic);

    /// <inheritdoc/>
    public bool MaySubscribe(ClientIdentity client, string filter) => true;
}
