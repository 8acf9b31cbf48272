using System.Net;
using DotNext.Buffers;
using DotNext.IO;
using DotNext.Net;
using DotNext.Net.Cluster.Consensus.Raft.Membership;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace SkyTree.Cluster.Raft;

/// <summary>The file that says who the cluster's members are.</summary>
internal sealed class MembershipFile : PersistentClusterConfigurationStorage<EndPoint>
{
    private readonly string _file;

    public MembershipFile(string file)
        : base(file) => _file = file;

    /// <summary>Whether this node has been told of a cluster.</summary>
    public bool Exists => File.Exists(_file);

    private IClusterConfigurationStorage<EndPoint> Typed => this;

    private IClusterConfigurationStorage Untyped => this;

    /// <summary>The members; none if there is no file.</summary>
    public async Task<IReadOnlySet<EndPoint>> ReadAsync(CancellationToken cancellationToken) =>
        (await Typed.LoadConfigurationAsync(cancellationToken).ConfigureAwait(false)).Members;

    /// <summary>Writes a new cluster's first members. On all its nodes they are the same, and no entry of the log is needed to agree on them.</summary>
    public async Task SeedAsync(IEnumerable<EndPoint> members, CancellationToken cancellationToken)
    {
        IClusterConfiguration<EndPoint> configuration = await Typed.LoadConfigurationAsync(cancellationToken).ConfigureAwait(false);
        foreach (EndPoint member in members)
        {
            configuration = configuration.Add(member);
        }

        await Untyped.SaveConfigurationAsync(configuration, 0, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Saves an entry of the log that changes the members, unless a later one is saved already.</summary>
    public async Task SaveAsync(LogEntry entry, CancellationToken cancellationToken) =>
        await Untyped.SaveConfigurationAsync(entry, entry.Index, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override void Encode(EndPoint address, ref BufferWriterSlim<byte> output) => output.WriteEndPoint(address);

    /// <inheritdoc/>
    protected override EndPoint Decode(ref SequenceReader reader) => reader.ReadEndPoint();
}
