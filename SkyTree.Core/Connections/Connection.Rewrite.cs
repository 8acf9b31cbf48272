using System.Buffers;
using System.Text;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Rewriting;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <content>Topics that get other names. Only where rules say so; the program's own clients name topics as they are.</content>
internal sealed partial class Connection
{
    private static readonly string[] s_prefixes = ["$share/", "$replay/"]; // each with one level more

    private ArrayBufferWriter<byte>? _rewritten; // the last publish's topic

    private ITopicRewriter? Rewriter => _peer.IsTrusted ? null : _services.Rewriter;

    /// <summary>Rewrites a publish's topic. False: it was refused.</summary>
    /// <param name="rewriter">What does it.</param>
    /// <param name="publish">The publish.</param>
    /// <param name="topic">Its topic; the new one afterwards, until the next publish.</param>
    /// <param name="frame">The packet; afterwards none if it has another topic in it.</param>
    private bool TryRewrite(ITopicRewriter rewriter, scoped in PublishView publish, ref ReadOnlySpan<byte> topic, ref ReadOnlySpan<byte> frame)
    {
        _rewritten ??= new ArrayBufferWriter<byte>();
        _rewritten.ResetWrittenCount();
        switch (rewriter.RewriteTopic(_identity!, topic, _rewritten))
        {
            case RewriteResult.Unchanged:
                return true;
            case RewriteResult.Rewritten when FitsLimits(_rewritten.WrittenSpan):
                topic = _rewritten.WrittenSpan;
                frame = default;
                return true;
            default:
                _services.Drops.Add(DropReason.Rewrite, _identity!.ClientId, Encoding.UTF8.GetString(topic));
                Refuse(publish.QoS, publish.PacketId, ReasonCode.TopicNameInvalid, "rewritten, the topic is none");
                return false;
        }
    }

    /// <summary>A Will as it is to be published; null: its topic would be none.</summary>
    private Will? Rewrite(Will will)
    {
        if (Rewriter is not { } rewriter)
        {
            return will;
        }

        var rewritten = new ArrayBufferWriter<byte>();
        switch (rewriter.RewriteTopic(_identity!, Encoding.UTF8.GetBytes(will.Topic), rewritten))
        {
            case RewriteResult.Unchanged:
                return will;
            case RewriteResult.Rewritten when FitsLimits(rewritten.WrittenSpan):
                return will with { Topic = Encoding.UTF8.GetString(rewritten.WrittenSpan) };
            default:
                _services.Drops.Add(DropReason.Rewrite, _identity!.ClientId, will.Topic);
                return null;
        }
    }

    /// <summary>Rewrites the filters of a SUBSCRIBE.</summary>
    /// <param name="rewriter">What does it.</param>
    /// <param name="packet">The packet; afterwards with the new filters.</param>
    /// <returns>Which filters are refused; null: none is.</returns>
    private FilterJudgement[]? Rewrite(ITopicRewriter rewriter, ref SubscribePacket packet)
    {
        FilterJudgement[]? refusals = null;
        var requests = new SubscribeRequest[packet.Requests.Count];
        for (int i = 0; i < requests.Length; i++)
        {
            requests[i] = packet.Requests[i];
            if (Rewrite(rewriter, requests[i].Filter) is { } filter)
            {
                requests[i] = requests[i] with { Filter = filter };
            }
            else
            {
                (refusals ??= new FilterJudgement[requests.Length])[i] = new FilterJudgement(default, ReasonCode.TopicFilterInvalid);
            }
        }

        packet = new SubscribePacket
        {
            PacketId = packet.PacketId,
            SubscriptionIdentifier = packet.SubscriptionIdentifier,
            UserProperties = packet.UserProperties,
            Requests = requests,
        };
        return refusals;
    }

    /// <summary>A filter with its new name behind what says that it is shared or a replay; null: it has none that would be valid.</summary>
    private string? Rewrite(ITopicRewriter rewriter, string filter)
    {
        int at = PrefixLength(filter);
        return rewriter.RewriteFilter(_identity!, filter[at..], out string rewritten) switch
        {
            RewriteResult.Unchanged => filter,
            RewriteResult.Rewritten => string.Concat(filter.AsSpan(0, at), rewritten),
            _ => null,
        };
    }

    private static int PrefixLength(string filter)
    {
        int at = 0;
        foreach (string prefix in s_prefixes)
        {
            if (filter.StartsWith(prefix, StringComparison.Ordinal) && filter.IndexOf('/', prefix.Length) is var slash and > 0)
            {
                at = slash + 1;
            }
        }

        return at;
    }

    /// <summary>The filters of an UNSUBSCRIBE with their new names, and behind them the old ones of those that have new ones: a subscription may be older than the rule.</summary>
    /// <param name="filters">The filters, without <c>$replay/{from}/</c>.</param>
    /// <param name="olds">For each filter where its old name stands, or -1.</param>
    private List<string> RewriteBoth(string[] filters, out int[] olds)
    {
        List<string> all = [.. filters];
        olds = new int[filters.Length];
        for (int i = 0; i < filters.Length; i++)
        {
            olds[i] = -1;
            if (Rewriter is { } rewriter && Rewrite(rewriter, filters[i]) is { } rewritten && rewritten != filters[i])
            {
                all[i] = rewritten;
                olds[i] = all.Count;
                all.Add(filters[i]);
            }
        }

        return all;
    }

    private bool FitsLimits(ReadOnlySpan<byte> topic) => topic.Length <= Options.MaximumTopicLength && TopicName.CountLevels(topic) <= Options.MaximumTopicLevels;
}
