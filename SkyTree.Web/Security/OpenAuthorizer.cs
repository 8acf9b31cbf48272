using SkyTree.Core.Security;

namespace SkyTree.Web.Security;

/// <summary>Everybody who is let in may publish and subscribe to everything.</summary>
internal sealed class OpenAuthorizer : IAuthorizer
{
    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic) => true;

    public bool MaySubscribe(ClientIdentity client, string filter) => true;
}
