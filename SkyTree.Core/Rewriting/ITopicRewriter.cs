using System.Buffers;
using SkyTree.Core.Security;

namespace SkyTree.Core.Rewriting;

/// <summary>
/// Gives topics other names on their way in: those of publishes and Wills of clients, and the filters that clients subscribe to. Called on the
/// hot path, by any thread: implementations do not block, and allocate nothing for what stays as it is. Who may publish and subscribe is judged
/// after it, by the new names; the application's own clients are not rewritten.
/// </summary>
internal interface ITopicRewriter
{
    /// <summary>Rewrites a topic name.</summary>
    /// <param name="client">Who publishes.</param>
    /// <param name="topic">The topic name in UTF-8, valid.</param>
    /// <param name="rewritten">Empty; gets the new name, a valid one, if there is one, else nothing that counts.</param>
    RewriteResult RewriteTopic(ClientIdentity client, ReadOnlySpan<byte> topic, ArrayBufferWriter<byte> rewritten);

    /// <summary>Rewrites a topic filter.</summary>
    /// <param name="client">Who subscribes or unsubscribes.</param>
    /// <param name="filter">The filter without <c>$share/{group}/</c> and <c>$replay/{from}/</c>; its form has not been checked.</param>
    /// <param name="rewritten">The new filter, a plain and well-formed one, if there is one; else the old.</param>
    RewriteResult RewriteFilter(ClientIdentity client, string filter, out string rewritten);
}

/// <summary>What a rewriter makes of a topic name or filter.</summary>
internal enum RewriteResult
{
    /// <summary>It stays as it is.</summary>
    Unchanged,

    /// <summary>It has a new name.</summary>
    Rewritten,

    /// <summary>It would become something that is no topic: a publish is refused 0x90 and dropped, a subscription refused 0x8F.</summary>
    Refused,
}
