namespace SkyTree.Core.Security;

/// <summary>Judges the program's own clients: they may do everything.</summary>
internal sealed class TrustedAuthorizer : IAuthorizer
{
    public static readonly TrustedAuthorizer Instance = new();

    private TrustedAuthorizer()
    {
    }

    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic) => true;

    public bool MaySubscribe(ClientIdentity client, string filter) => true;
}
