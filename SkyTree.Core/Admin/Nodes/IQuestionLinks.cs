namespace SkyTree.Core.Admin.Nodes;

/// <summary>Takes questions to the other nodes of a cluster.</summary>
internal interface IQuestionLinks
{
    /// <summary>The other nodes.</summary>
    IReadOnlyList<Guid> Others { get; }

    /// <summary>Asks a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="question">The question, at most <see cref="NodeQueries.LargestQuestion"/> bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer; null: it did not answer within <see cref="NodeQueries.Patience"/>.</returns>
    Task<ReadOnlyMemory<byte>?> AskAsync(Guid node, ReadOnlyMemory<byte> question, CancellationToken cancellationToken);
}
