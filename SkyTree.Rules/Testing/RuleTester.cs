using System.Text;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Core.Subscriptions;
using SkyTree.Rules.Republishing;
using SkyTree.Rules.Rewriting;
using SkyTree.Sinks;

namespace SkyTree.Rules.Testing;

/// <summary>Tries rules on a message without publishing anything.</summary>
internal sealed class RuleTester(RuleSet rules, TimeProvider time)
{
    private const int MostTrials = 1000; // rules in no circle end by themselves, but may fan out

    public RuleTestResult Test(RuleTest test)
    {
        if (!TopicLevels.IsPlainFilter(test.Topic) || Encoding.UTF8.GetByteCount(test.Topic) > ushort.MaxValue)
        {
            throw AdminMistakes.Invalid("topic", "bad_topic", "It is neither a topic name nor a plain topic filter.");
        }

        var client = new ClientIdentity(test.ClientId, test.UserName, null);
        RewriteTrial subscribe = Rewrite(client, test.Topic, isFilter: true);
        if (!TopicName.IsValid(Encoding.UTF8.GetBytes(test.Topic)))
        {
            return new RuleTestResult(null, subscribe, []);
        }

        RewriteTrial publish = Rewrite(client, test.Topic, isFilter: false);
        List<RepublishTrial> trials = [];
        if (publish.Topic is { } topic)
        {
            Republish(ToMessage(new PublishRequest { Topic = topic, Payload = test.Payload, QoS = test.QoS, Retain = test.Retain }), null, trials);
        }

        return new RuleTestResult(publish, subscribe, trials);
    }

    private RewriteTrial Rewrite(ClientIdentity client, string topic, bool isFilter) =>
        rules.Rewrites.Try(client, topic, isFilter) is ({ } rule, var rewritten, var problem)
            ? new RewriteTrial(rewritten, rule.Options.Name, problem)
            : new RewriteTrial(topic, null, null);

    private void Republish(SinkMessage message, RepublishRule? by, List<RepublishTrial> trials)
    {
        foreach ((RepublishRule rule, _) in rules.Republish.Where(pair => pair.Rule != by && TopicFilter.Matches(pair.Rule.Options.Filter, message.Topic)))
        {
            if (trials.Count == MostTrials)
            {
                return;
            }

            try
            {
                if (rule.Apply(message, time) is { } request)
                {
                    trials.Add(new RepublishTrial(rule.Name, message.Topic, RepublishOutcome.Published, request.Topic, request.Payload, request.QoS, request.Retain, null));
                    Republish(ToMessage(request), rule, trials);
                }
                else
                {
                    trials.Add(new RepublishTrial(rule.Name, message.Topic, RepublishOutcome.Passed, null, default, default, false, null));
                }
            }
            catch (RuleException exception)
            {
                trials.Add(new RepublishTrial(rule.Name, message.Topic, RepublishOutcome.Failed, null, default, default, false, exception.Message));
            }
        }
    }

    // As if it had been stored, where it would be.
    private static SinkMessage ToMessage(PublishRequest request) =>
        new() { Topic = request.Topic, Payload = request.Payload, QoS = request.QoS, Retain = request.Retain, Offset = request.QoS > QoS.AtMostOnce ? 1 : null };
}
