using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Model;

/// <content>How sessions, Wills and retained messages fare when connections end, time passes and the broker stops.</content>
internal sealed partial class World
{
    private async Task CrashAsync(Crash crash)
    {
        // What clients have received was sent while the disk was as it is now, or less.
        TestConnection[] connections = [.. _clients.Select(client => client.Detach()).OfType<TestConnection>()];
        foreach (TestConnection connection in connections)
        {
            connection.Drop();
        }

        _disk.CutOff();
        foreach (TestConnection connection in connections)
        {
            await connection.Served.WaitAsync(Deadline.Default);
        }

        await AwaitEndingAsync(isProof: false);
        await _broker.DisposeAsync();
        RequireNoErrors();
        _disk.LosePower(crash.PercentKept);
        _time.Advance(TimeSpan.FromSeconds(crash.DownSeconds));

        long before = Tick();
        long startMs = NowMs;
        await StartAsync();
        Returned(before);
        foreach (ModelClient client in _clients)
        {
            if (client.Session is not { } session)
            {
                continue;
            }

            bool wasConnected = session.IsConnected;
            if (!wasConnected && session.Closed <= _proof)
            {
                continue;
            }

            // The disk says that it is connected, or may say so: its connection ends now.
            if (!session.Durable)
            {
                if (session.Will is { } lost)
                {
                    lost.Message.Sent = Math.Min(lost.Message.Sent, before);
                }

                session.Will = null;
                session.IsConnected = false;
                session.ExpiresAtMs = session.MayExpireAtMs = startMs;
                EndSession(client);
                continue;
            }

            if (session.Will is { } will)
            {
                long due = startMs + (Math.Min(will.DelaySeconds, session.Expiry) * 1000L);
                will.DueMs ??= due;
                will.LatestMs = Math.Max(due, wasConnected ? 0 : will.LatestMs);
            }

            long end = session.Expiry == uint.MaxValue ? ModelMessage.Never : startMs + (session.Expiry * 1000L);
            session.MayExpireAtMs = wasConnected ? end : Math.Max(end, session.MayExpireAtMs);
            session.ExpiresAtMs = wasConnected ? end : session.ExpiresAtMs;
            session.IsConnected = false;
            session.Closed = Tick();
            if (session.Expiry == 0)
            {
                EndSession(client);
            }
        }

        await PassAsync(TimeSpan.Zero);
        foreach (ModelMessage will in _messages.Where(m => m.MayReturn > 0))
        {
            will.MayReturn = Tick();
        }
    }

    private async Task RestartAsync(Restart restart)
    {
        await ReleaseAsync();
        long before = Tick();
        foreach (ModelSession session in Connected.Select(client => client.Session!))
        {
            if (session.Will is { } will && (EndsWithConnection(session) || will.DelaySeconds == 0))
            {
                will.Message.Sent = Math.Min(will.Message.Sent, before); // while clients are still served
            }
        }

        Task stopping = _broker.StopAsync().AsTask();
        using (CancellationTokenSource deadline = new(Deadline.Default))
        {
            while (!stopping.IsCompleted)
            {
                Drain();
                await Task.Delay(1, deadline.Token);
            }
        }

        await stopping;
        Drain();
        foreach (ModelClient client in Connected.ToArray())
        {
            await CloseAsync(client, normally: false, endsSession: false, before);
        }

        await _broker.DisposeAsync();
        RequireNoErrors();
        foreach (ModelMessage will in _firing)
        {
            will.Acknowledged = Tick();
        }

        _firing.Clear();
        _time.Advance(TimeSpan.FromSeconds(restart.DownSeconds));
        await StartAsync();
        Returned(before);
        await PassAsync(TimeSpan.Zero);
        foreach (ModelMessage will in _messages.Where(m => m.MayReturn > 0))
        {
            will.MayReturn = Tick();
        }
    }

    /// <summary>The broker is back. Of Wills it may have forgotten what became of them.</summary>
    private void Returned(long before)
    {
        _restarts++;
        foreach ((ModelMessage will, ModelSession session) in _discarded)
        {
            if (session.Closed > _proof)
            {
                will.Sent = Math.Min(will.Sent, before);
                will.MayReturn = ModelMessage.Never;
            }
        }

        foreach (ModelMessage will in _messages.Where(m => m.IsWill && m.Sent != ModelMessage.Never))
        {
            will.Repeats++;
            if (will.Acknowledged > _proof)
            {
                will.MayReturn = ModelMessage.Never;
            }
        }

        _firing.Clear();
    }

    /// <summary>A connection has ended, for whatever reason.</summary>
    private void Disconnected(ModelClient client, ModelSession session, bool normally, bool endsSession, long before)
    {
        session.IsConnected = false;
        bool ends = endsSession || EndsWithConnection(session);
        if (session.Will is { } will)
        {
            if (normally)
            {
                _discarded.Add((will.Message, session));
                session.Will = null;
            }
            else if (ends || will.DelaySeconds == 0)
            {
                Fire(session, before);
            }
            else
            {
                will.DueMs = will.LatestMs = NowMs + (Math.Min(will.DelaySeconds, session.Expiry) * 1000L);
            }
        }

        if (ends)
        {
            session.ExpiresAtMs = session.MayExpireAtMs = NowMs;
            EndSession(client);
        }
        else
        {
            session.ExpiresAtMs = session.MayExpireAtMs = session.Expiry == uint.MaxValue ? ModelMessage.Never : NowMs + (session.Expiry * 1000L);
        }
    }

    private static bool EndsWithConnection(ModelSession session) => !session.Durable || session.Expiry == 0;

    /// <summary>The promises of a session are void; what comes for it all the same may.</summary>
    private void EndSession(ModelClient client)
    {
        long now = Tick();
        foreach (ModelSubscription subscription in client.Session?.Subscriptions ?? [])
        {
            subscription.MustEnd = Math.Min(subscription.MustEnd, now);
            subscription.IsLeft = true;
            if (subscription.Group.Length > 0)
            {
                _memberEnds[subscription.Group] = now;
            }
        }
    }

    private ModelWill NewWill(ModelClient client, WillPlan plan)
    {
        var message = new ModelMessage { Number = _messages.Count + 1, Publisher = client.Number, Topic = plan.Topic, QoS = plan.QoS, Retain = plan.Retain, IsWill = true };
        _messages.Add(message);
        return new ModelWill { Message = message, DelaySeconds = plan.DelaySeconds };
    }

    /// <summary>A client is back: its earlier Will is sent or cancelled.</summary>
    private void SettleWill(ModelSession session, bool ended, long sent)
    {
        if (session.Will is not { } will)
        {
            return;
        }

        if (ended || (will.DueMs is null && will.DelaySeconds == 0))
        {
            bool mayHaveEnded = will.DueMs is not null && will.DueMs != will.LatestMs;
            Fire(session, sent);
            if (mayHaveEnded)
            {
                _firing.Remove(will.Message);
            }
        }

        session.Will = null;
    }

    private void Fire(ModelSession session, long from)
    {
        ModelMessage message = session.Will!.Message;
        message.Sent = Math.Min(message.Sent, from);
        _firing.Add(message);
        session.Will = null;
    }

    private void SendDueWills(long before)
    {
        foreach (ModelSession session in _clients.Select(c => c.Session).OfType<ModelSession>())
        {
            if (session.Will is { DueMs: { } due } will && due <= NowMs)
            {
                will.Message.Sent = Math.Min(will.Message.Sent, before);
                if (will.LatestMs + 1000 <= NowMs)
                {
                    Fire(session, before);
                }
            }
        }
    }

    private bool MayBeRetained(ModelMessage message, long from) =>
        message is { Retain: true, Clears: false }
        && message.Sent != ModelMessage.Never
        && !_messages.Exists(later => later.Retain && later.Topic == message.Topic && later.Acknowledged <= from && later.Sent > message.Latest);

    /// <summary>The message that surely was a topic's retained one; null: none, or it cannot be told.</summary>
    private ModelMessage? SurelyRetained(int topic, long from)
    {
        ModelMessage? only = null;
        foreach (ModelMessage message in _messages.Where(m => m.Retain && m.Topic == topic && m.Sent != ModelMessage.Never))
        {
            bool isPast = _messages.Exists(later => later.Retain && later.Topic == topic && later.Acknowledged <= from && later.Sent > message.Latest && message.Acknowledged != ModelMessage.Never);
            if (isPast)
            {
                continue;
            }

            if (only is not null || message.Acknowledged > from)
            {
                return null;
            }

            only = message;
        }

        return only;
    }

    private void PromiseRetained(ModelSession session, ModelSubscription subscription, bool isNew, int[] copies)
    {
        if (subscription.Group.Length > 0 || subscription.RetainHandling == 2 || (subscription.RetainHandling == 1 && !isNew))
        {
            return;
        }

        for (int topic = 0; topic < Names.Topics.Length; topic++)
        {
            if (SurelyRetained(topic, subscription.MayBegin) is { Clears: false } message
                && ReferenceEquals(message, SurelyRetained(topic, Tick()))
                && subscription.Matches(message)
                && !(subscription.NoLocal && message.Publisher == session.Client)
                && Math.Min(message.QoS, subscription.QoS) > 0
                && message.ExpiresAtMs > NowMs)
            {
                session.Retained.Add(new RetainedPromise(subscription, message, copies[message.Number - 1], _restarts));
            }
        }
    }
}
