using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SkyTree.Cluster.Raft;

namespace SkyTree.Cluster.Node;

/// <summary>Fetches checkpoints from other nodes' control ports.</summary>
internal sealed class ControlTransfer : ICheckpointTransfer
{
    private int _fetches;

    /// <summary>Checkpoints that it began to fetch.</summary>
    public int Fetches => Volatile.Read(ref _fetches);

    /// <summary>Is awaited before each file; a test slows it down, or lets it fail.</summary>
    public Func<CheckpointManifest, CheckpointFile, CancellationToken, Task>? BeforeFile { get; set; }

    public async Task FetchAsync(CheckpointManifest manifest, string folder, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _fetches);
        IPEndPoint from = new(IPAddress.Loopback, int.Parse(manifest.Metadata[NodeHost.ControlKey], CultureInfo.InvariantCulture));
        foreach (CheckpointFile file in manifest.Files)
        {
            if (BeforeFile is { } wait)
            {
                await wait(manifest, file, cancellationToken);
            }

            await using FileStream target = new(Path.Combine(folder, file.Name), FileMode.Append);
            if (target.Length == file.Length)
            {
                continue;
            }

            using TcpClient client = new();
            await client.ConnectAsync(from, cancellationToken);
            NetworkStream stream = client.GetStream();
            string request = string.Create(CultureInfo.InvariantCulture, $"file {manifest.Index} {manifest.Term} {file.Name} {target.Length}\n");
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
            await stream.CopyToAsync(target, cancellationToken);
        }
    }
}
