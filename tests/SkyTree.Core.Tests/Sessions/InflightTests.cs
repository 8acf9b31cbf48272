using System.Runtime.CompilerServices;
using CsCheck;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

public sealed class InflightTests
{
    [Fact]
    [Trait("Spec", "MQTT-2.2.1-4")]
    [Trait("Spec", "MQTT-4.6.0-1")]
    public void Identifiers_and_order_are_those_of_a_plain_list() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 1_000]).Array[1, 400].Sample(
            steps =>
            {
                var inflight = new Inflight();
                var model = new List<(ushort Id, long Offset)>();
                long offset = 0;
                foreach ((int what, int which) in steps)
                {
                    if (what < 5)
                    {
                        offset++;
                        ushort id = inflight.Add(Entry(offset));
                        Assert.NotEqual(0, id);
                        Assert.DoesNotContain(model, m => m.Id == id);
                        model.Add((id, offset));
                    }
                    else if (what < 8 && model.Count > 0)
                    {
                        int at = which % model.Count;
                        Assert.Equal(model[at].Offset, inflight.Find(model[at].Id).Offset);
                        inflight.Complete(model[at].Id);
                        Assert.True(Unsafe.IsNullRef(ref inflight.Find(model[at].Id)));
                        model.RemoveAt(at);
                    }
                    else if (what == 8)
                    {
                        offset++;
                        inflight.Add(Entry(offset));
                        inflight.TakeBack();
                    }
                    else
                    {
                        inflight.Rewind();
                        Assert.All(model, m => Assert.True(inflight.AwaitsResend(m.Id)));
                        Assert.Equal(model, Resend(inflight));
                        Assert.All(model, m => Assert.False(inflight.AwaitsResend(m.Id)));
                    }

                    Assert.Equal(model.Count, inflight.Count);
                    Assert.False(inflight.HasResend);
                    Assert.Equal(model.Count == 0 ? null : model[0].Offset, inflight.LowestOffset());
                }
            },
            iter: 500);

    [Fact]
    public void One_that_is_never_acknowledged_keeps_its_identifier_while_the_others_go_round()
    {
        var inflight = new Inflight();
        ushort first = inflight.Add(Entry(1));
        for (int i = 2; i < 200_000; i++)
        {
            ushort id = inflight.Add(Entry(i));
            Assert.NotEqual(first, id);
            inflight.Complete(id);
        }

        Assert.Equal(1, inflight.Find(first).Offset);
        inflight.Rewind();
        Assert.Equal([(first, 1L)], Resend(inflight));
    }

    [Fact]
    public void All_identifiers_can_be_in_flight_and_no_more()
    {
        var inflight = new Inflight();
        var ids = new HashSet<ushort>();
        while (!inflight.IsFull)
        {
            Assert.True(ids.Add(inflight.Add(Entry(1))));
        }

        Assert.Equal(65_535, ids.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    public void What_is_not_in_flight_is_not_found(int id) =>
        Assert.True(Unsafe.IsNullRef(ref new Inflight().Find((ushort)id)));

    private static List<(ushort Id, long Offset)> Resend(Inflight inflight)
    {
        var resent = new List<(ushort, long)>();
        while (inflight.HasResend)
        {
            ref InflightEntry entry = ref inflight.NextResend(out ushort id);
            if (!Unsafe.IsNullRef(ref entry))
            {
                resent.Add((id, entry.Offset));
                inflight.Resent();
            }
        }

        return resent;
    }

    [Fact]
    [Trait("Spec", "MQTT-4.8.2-5")]
    public void A_group_gets_back_a_QoS_2_message_that_the_state_does_not_have_when_the_session_leaves()
    {
        var core = new TestCore();
        var group = new SharedGroup(TestCore.Filter("$share/g/t"), core.Context);
        var subscription = new Subscription { Session = null!, Filter = group.Filter, QoS = QoS.ExactlyOnce, Group = group };
        var inflight = new Inflight();
        ushort noted = Add(1, InflightState.Committing);
        Add(2, InflightState.Committing);
        Add(3, InflightState.Published);

        Assert.Empty(inflight.TakeShared()); // it goes on here, and is noted yet
        Assert.Equal(2, Assert.Single(inflight.TakeShared((packetId, offset) => packetId == noted && offset == 1)).Message.Offset);
        Assert.Equal([1, 3], inflight.SharedOffsets().Select(shared => shared.Offset)); // the session's

        ushort Add(long offset, InflightState state) => inflight.Add(Entry(offset) with
        {
            QoS = QoS.ExactlyOnce,
            State = state,
            Message = core.Message("t", 2, "x") with { Offset = offset },
            Subscription = subscription,
        });
    }

    private static InflightEntry Entry(long offset) =>
        new() { Offset = offset, QoS = QoS.AtLeastOnce, State = InflightState.Published, Sent = true, Subscription = new() { Session = null!, Filter = default } };
}
