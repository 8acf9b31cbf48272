using System.Text;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>Permits what the broker permits by default, but for topics and filters that begin with a denied prefix.</summary>
internal sealed class TestAuthorizer : IAuthorizer
{
    private readonly DefaultAuthorizer _default = new();

    public string[] DeniedPublishes { get; set; } = [];

    public string[] DeniedSubscriptions { get; set; } = [];

    public bool MayPublish(ClientIdentity client, ReadOnlySpan<byte> topic)
    {
        if (!_default.MayPublish(client, topic))
        {
            return false;
        }

        foreach (string prefix in DeniedPublishes)
        {
            if (topic.StartsWith(Encoding.UTF8.GetBytes(prefix)))
            {
                return false;
            }
        }

        return true;
    }

    public bool MaySubscribe(ClientIdentity client, string filter) =>
        !DeniedSubscriptions.Any(prefix => filter.StartsWith(prefix, StringComparison.Ordinal));
}
