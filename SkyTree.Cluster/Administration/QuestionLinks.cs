using SkyTree.Cluster.Peers;
using SkyTree.Core.Admin.Nodes;

namespace SkyTree.Cluster.Administration;

/// <summary>Takes people's questions to the other nodes over their links.</summary>
internal sealed class QuestionLinks(PeerLinks links) : IQuestionLinks
{
    /// <inheritdoc/>
    public IReadOnlyList<Guid> Others => [.. links.All.Select(link => link.Id.Value)];

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>?> AskAsync(Guid node, ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        if (links.Find(new NodeId(node)) is not { IsConnected: true } link)
        {
            return null;
        }

        try
        {
            return await link.RequestAsync(RequestKind.Query, question, NodeQueries.Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (PeerException)
        {
            return null;
        }
    }
}
