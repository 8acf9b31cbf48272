using System.Globalization;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>Redis with the settings under which it keeps what it has answered for.</summary>
internal sealed class Redis(string folder) : DatabaseServer(folder)
{
    public override string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    protected override string Program => "redis-server";

    protected override IEnumerable<string> Arguments =>
    [
        "--bind", "127.0.0.1",
        "--port", Port.ToString(CultureInfo.InvariantCulture),
        "--dir", Folder,
        "--save", "",
        "--appendonly", "yes",
        "--appendfsync", "always",
        "--maxmemory-policy", "noeviction",
    ];

    protected override string ReadyLine => "Ready to accept connections";
}
