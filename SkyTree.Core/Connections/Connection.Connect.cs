using System.Text;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Connections;

/// <content>CONNECT and AUTH.</content>
internal sealed partial class Connection
{
    private ConnectPacket? _connect; // while it is being judged
    private string? _authenticationMethod;
    private IAuthenticationExchange? _exchange; // under way

    private void OnConnect(ReadOnlySpan<byte> body)
    {
        if (_state != ConnectionState.AwaitingConnect)
        {
            Fail(ReasonCode.ProtocolError, "a second CONNECT"); // [MQTT-3.1.0-2]
            return;
        }

        if (!ConnectPacket.TryParse(body, out ConnectPacket? packet, out DecodeError error, out ProtocolVersion? replyVersion))
        {
            RefuseConnect(error.Code, error.Reason, replyVersion);
            return;
        }

        _state = ConnectionState.Authenticating;
        _version = packet!.Version;
        Outbound.Version = packet.Version;
        Outbound.MaximumPacketSize = packet.MaximumPacketSize ?? uint.MaxValue;
        _requestProblemInformation = packet.RequestProblemInformation;
        _connect = packet;
        if (Unacceptable(packet) is { } refusal)
        {
            RefuseConnect(refusal.Code, refusal.Reason, _version);
            return;
        }

        Begin(ConnectAsync(packet));
    }

    private DecodeError? Unacceptable(ConnectPacket packet)
    {
        if (packet.Will is not { } will)
        {
            return null;
        }

        if ((int)will.QoS > Options.MaximumQoS)
        {
            return new DecodeError(ReasonCode.QoSNotSupported, "the Will QoS is above the Maximum QoS"); // [MQTT-3.2.2-12]
        }

        if (will.Retain && !Options.RetainAvailable)
        {
            return new DecodeError(ReasonCode.RetainNotSupported, "retained messages are not available"); // [MQTT-3.2.2-13]
        }

        byte[] topic = Encoding.UTF8.GetBytes(will.Topic);
        return topic.Length > Options.MaximumTopicLength || TopicName.CountLevels(topic) > Options.MaximumTopicLevels
            ? new DecodeError(ReasonCode.TopicNameInvalid, "the Will Topic is longer or deeper than allowed")
            : null;
    }

    /// <summary>
    /// Runs what may have to wait; the next packet is handled after it. It flushes what it appends after a wait: the
    /// thread that ends the wait need not be the one that reads on.
    /// </summary>
    private void Begin(ValueTask work)
    {
        if (work.IsCompletedSuccessfully)
        {
            return;
        }

        // The work may have gone on elsewhere by now, and have begun to wait for something else.
        Task task = work.AsTask();
        Task? seen = Volatile.Read(ref _wait);
        Task? found;
        while ((found = Interlocked.CompareExchange(ref _wait, seen is null ? task : Task.WhenAll(seen, task), seen)) != seen)
        {
            seen = found;
        }
    }

    private async ValueTask ConnectAsync(ConnectPacket packet)
    {
        string clientId = packet.ClientId.Length > 0 ? packet.ClientId : $"auto-{Guid.CreateVersion7():N}";
        string? userName = packet.UserName ?? _peer.CertificateSubject;
        if (_peer.IsTrusted)
        {
            _identity = new ClientIdentity(clientId, userName, null);
            await OpenSessionAsync(packet, null).ConfigureAwait(false);
            return;
        }

        if (_services.ReservedClientIds.ContainsKey(clientId))
        {
            RefuseConnect(ReasonCode.ClientIdentifierNotValid, "the client identifier is the broker's own", _version);
            return;
        }

        if (_services.Lockout.MustWait(userName, RemoteAddress))
        {
            RefuseConnect(ReasonCode.ConnectionRateExceeded, "too many refusals; try again later", _version);
            return;
        }

        if (packet.AuthenticationMethod is { } method)
        {
            _identity = new ClientIdentity(clientId, userName, RemoteAddress);
            if (IsBanned(_identity))
            {
                return;
            }

            if (_services.Authentication.Begin(method, _identity) is not { } exchange)
            {
                RefuseConnect(ReasonCode.BadAuthenticationMethod, "the authentication method is not supported", _version);
                return;
            }

            _authenticationMethod = method;
            _exchange = exchange;
            await ContinueExchangeAsync(packet.AuthenticationData ?? default).ConfigureAwait(false);
            return;
        }

        if (IsBanned(new ClientIdentity(clientId, userName, RemoteAddress)))
        {
            return;
        }

        if (_services.Hooks.SeesAuthentications && await IsJudgedByHookAsync(packet, clientId, userName).ConfigureAwait(false))
        {
            return;
        }

        var request = new AuthenticationRequest
        {
            ClientId = clientId,
            UserName = userName,
            Password = packet.Password,
            CertificateVerified = _peer.CertificateSubject is not null && userName == _peer.CertificateSubject,
            RemoteEndPoint = _peer.RemoteEndPoint,
            Listener = _peer.Listener,
        };
        AuthenticationVerdict verdict = await _services.Authentication.AuthenticateAsync(request, StopToken()).ConfigureAwait(false);
        _services.Admissions.Authenticate(verdict);
        switch (verdict)
        {
            case AuthenticationVerdict.Admit:
            case AuthenticationVerdict.AdmitAnonymously:
                _services.Lockout.Succeed(userName, RemoteAddress);
                ClientGrant? grant = verdict == AuthenticationVerdict.Admit ? request.Grant : null;
                string? proved = verdict == AuthenticationVerdict.Admit ? grant?.UserName ?? userName : null;
                _identity = new ClientIdentity(clientId, proved, RemoteAddress) { Grant = grant };
                await OpenSessionAsync(packet, null).ConfigureAwait(false);
                break;
            case AuthenticationVerdict.Unavailable:
                RefuseConnect(ReasonCode.ServerUnavailable, "it could not be found out who you are", _version);
                break;
            default:
                _services.Lockout.Fail(userName, RemoteAddress);
                RefuseConnect(
                    userName is null ? ReasonCode.NotAuthorized : ReasonCode.BadUserNameOrPassword,
                    userName is null ? "this listener does not admit anonymous clients from your address" : "bad user name or password",
                    _version);
                break;
        }
    }

    private async ValueTask OpenSessionAsync(ConnectPacket packet, ReadOnlyMemory<byte>? authenticationData)
    {
        if (_stop)
        {
            return;
        }

        if (IsBanned(_identity!))
        {
            return;
        }

        Will? announced = packet.Will;
        if (announced is not null)
        {
            announced = Rewrite(announced);
            if (announced is null)
            {
                RefuseConnect(ReasonCode.TopicNameInvalid, "rewritten, the Will Topic is none", _version);
                return;
            }

            (bool mayConnect, announced) = await JudgeWillAsync(announced).ConfigureAwait(false);
            if (!mayConnect || _stop)
            {
                return;
            }
        }

        if (_services.Hooks.SeesConnects && !_peer.IsTrusted && (!await MayConnectAsync(packet, announced).ConfigureAwait(false) || _stop))
        {
            return;
        }

        if (_services.Redirection.IsOn)
        {
            RefuseConnect(ReasonCode.UseAnotherServer, "this node is about to stop", _version, _services.Redirection.Next());
            return;
        }

        if (!await _services.Outage.WaitForEndAsync(StopToken()).ConfigureAwait(false))
        {
            if (_stop)
            {
                return;
            }

            RefuseConnect(ReasonCode.ServerUnavailable, "this node is not in touch with its cluster", _version);
            return;
        }

        bool v5 = _version == ProtocolVersion.V5;
        uint asked = v5 ? packet.SessionExpirySeconds : packet.CleanStart ? 0 : uint.MaxValue;
        uint expiry = Math.Min(asked, Options.MaximumSessionExpirySeconds);
        int keepAlive = packet.KeepAliveSeconds;
        bool keepAliveChanged = v5 && Options.MaximumKeepAliveSeconds > 0 && (keepAlive == 0 || keepAlive > Options.MaximumKeepAliveSeconds);
        _keepAliveSeconds = keepAliveChanged ? Options.MaximumKeepAliveSeconds : keepAlive;

        SessionOpened? opened = await _services.Replicator.ProposeAsync(
            new OpenSession(_identity!.ClientId, packet.CleanStart, Durable: expiry > 0, expiry, announced) { MaximumSessions = Options.MaximumSessions }).ConfigureAwait(false);
        if (opened is null)
        {
            RefuseConnect(ReasonCode.QuotaExceeded, "there are as many sessions as allowed", _version);
            return;
        }

        Serve(opened.Session, opened.Epoch);
        if (opened.MustSettle)
        {
            await _services.Replicator.SettleAsync().ConfigureAwait(false); // the node that had it knows, or serves nobody any more
        }

        if (opened.Queue.NeedsRestore && !await TryRestoreAsync(opened.Queue).ConfigureAwait(false))
        {
            return;
        }

        if (_verdicts is { } verdicts && opened.Present && !await TryJudgeSubscriptionsAsync(verdicts, opened.Session).ConfigureAwait(false))
        {
            return;
        }

        ListenToDeliveries();

        Outbound.Append(
            static (ack, output, version, maximum) => ack.Write(output, version, maximum),
            new ConnAckPacket
            {
                SessionPresent = opened.Present,
                ReasonCode = ReasonCode.Success,
                SessionExpirySeconds = expiry != asked ? expiry : null,
                ReceiveMaximum = Options.ReceiveMaximum < ushort.MaxValue ? (ushort)Options.ReceiveMaximum : null,
                MaximumQoS = Options.MaximumQoS < 2 ? (QoS)Options.MaximumQoS : null,
                RetainAvailable = Options.RetainAvailable ? null : false,
                MaximumPacketSize = (uint)Limits.MaxPacketSize,
                AssignedClientId = packet.ClientId.Length == 0 ? _identity.ClientId : null, // [MQTT-3.2.2-16]
                TopicAliasMaximum = Options.TopicAliasMaximum > 0 ? (ushort)Options.TopicAliasMaximum : null,
                WildcardSubscriptionAvailable = Options.WildcardSubscriptionAvailable ? null : false,
                SubscriptionIdentifiersAvailable = Options.SubscriptionIdentifiersAvailable ? null : false,
                SharedSubscriptionAvailable = Options.SharedSubscriptionAvailable ? null : false,
                ServerKeepAliveSeconds = keepAliveChanged ? (ushort)_keepAliveSeconds : null,
                ResponseInformation = packet.RequestResponseInformation ? ResponseInformation() : null,
                AuthenticationMethod = packet.AuthenticationMethod,
                AuthenticationData = authenticationData,
            });
        if (v5)
        {
            Outbound.UseAliases(Math.Min(packet.TopicAliasMaximum, Options.OutboundTopicAliasMaximum));
        }

        _connectedAtMs = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _cleanStart = packet.CleanStart;
        _receiveMaximum = packet.ReceiveMaximum;
        _state = ConnectionState.Connected;
        _connect = null;
        ReleaseStopToken();
        Volatile.Write(ref _lastReceivedMs, _services.Ticker.CoarseElapsedMs);
        _peer.Admission?.Authenticated();
        _services.Log.Connected(_identity.ClientId, RemoteText, _version.ToString(), _identity.UserName ?? "(anonymous)");

        _services.Hooks.Events?.Connected(_identity);
        _services.Events.Add(EventKind.Connected, _identity.ClientId, $"from {RemoteText}, user {_identity.UserName ?? "(anonymous)"}");

        int window = Math.Min(packet.ReceiveMaximum, Options.MaximumInflight);
        if (!opened.Queue.TryAttach(this, opened.Epoch, window, out Connection? previous))
        {
            RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier");
        }

        // Who looks for clients to send away has not seen this one if it was not connected yet; then what they were told of is seen here.
        Interlocked.MemoryBarrier();
        if (!_peer.IsTrusted && _services.Bans.ReasonToGo(_identity) is { } reason)
        {
            RequestClose(ReasonCode.AdministrativeAction, reason);
        }

        previous?.RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier"); // [MQTT-3.1.4-3]
        opened.Ended?.RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier");
        if (opened.Will is { } will)
        {
            FlushList.FlushAll();
            await _services.Wills.SendAsync(will).ConfigureAwait(false);
        }

        opened.Queue.Pump();
        opened.Session.PumpGroups();
        FlushList.FlushAll();
    }

    /// <summary>Refuses who is kept out.</summary>
    private bool IsBanned(ClientIdentity client)
    {
        if (_peer.IsTrusted || !_services.Bans.IsBanned(client))
        {
            return false;
        }

        RefuseConnect(ReasonCode.Banned, "banned", _version);
        return true;
    }

    private async ValueTask<bool> TryRestoreAsync(SessionQueue queue)
    {
        try
        {
            await queue.RestoreAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _services.Log.SessionNotRestored(_identity!.ClientId, e);
            _discardWill = true; // it was never connected
            RefuseConnect(ReasonCode.ServerUnavailable, "the session's messages cannot be read for now", _version);
            return false;
        }
    }

    private string? ResponseInformation() =>
        Options.ResponseInformation.Length == 0
            ? null
            : Options.ResponseInformation
                .Replace("${clientid}", _identity!.ClientId, StringComparison.Ordinal)
                .Replace("${username}", _identity.UserName ?? "", StringComparison.Ordinal);

    private void OnAuth(ReadOnlySpan<byte> body)
    {
        if (!AuthPacket.TryParse(body, _version, out AuthPacket? packet, out DecodeError error))
        {
            RefuseAuthentication(error.Code, error.Reason);
            return;
        }

        if (_authenticationMethod is null || packet!.AuthenticationMethod != _authenticationMethod)
        {
            RefuseAuthentication(ReasonCode.ProtocolError, "AUTH has another method than CONNECT"); // [MQTT-4.12.1-1], [MQTT-4.12.0-5]
            return;
        }

        if (packet.ReasonCode == ReasonCode.ReAuthenticate && _state == ConnectionState.Connected)
        {
            _exchange = _services.Authentication.Begin(_authenticationMethod, _identity!);
        }
        else if (packet.ReasonCode != ReasonCode.ContinueAuthentication || _exchange is null)
        {
            RefuseAuthentication(ReasonCode.ProtocolError, "AUTH does not continue an exchange");
            return;
        }

        Begin(ContinueExchangeAsync(packet.AuthenticationData ?? default));
    }

    private async ValueTask ContinueExchangeAsync(ReadOnlyMemory<byte> data)
    {
        AuthenticationStep step = await _exchange!.NextAsync(data, StopToken()).ConfigureAwait(false);
        if (_stop)
        {
            return;
        }

        switch (step.Outcome)
        {
            case AuthenticationOutcome.Continue:
                SendAuth(ReasonCode.ContinueAuthentication, step.Data);
                break;

            case AuthenticationOutcome.Succeeded when _state == ConnectionState.Authenticating:
                _exchange = null;
                _services.Admissions.Authenticate(AuthenticationResult.Admitted);
                _identity = new ClientIdentity(_identity!.ClientId, step.UserName, _identity.RemoteAddress) { Grant = step.Grant };
                await OpenSessionAsync(_connect!, step.Data).ConfigureAwait(false);
                break;

            case AuthenticationOutcome.Succeeded when step.UserName == _identity!.UserName:
                _exchange = null;
                _services.Admissions.Authenticate(AuthenticationResult.Admitted);
                _identity = new ClientIdentity(_identity.ClientId, _identity.UserName, _identity.RemoteAddress) { Grant = step.Grant };
                await ForgetVerdictsAsync().ConfigureAwait(false); // its groups may be others
                SendAuth(ReasonCode.Success, step.Data);
                break;

            case AuthenticationOutcome.Unavailable:
                _exchange = null;
                _services.Admissions.Authenticate(AuthenticationResult.Unavailable);
                RefuseAuthentication(ReasonCode.ServerUnavailable, "it could not be found out who you are");
                break;

            default:
                _exchange = null;
                _services.Admissions.Authenticate(AuthenticationResult.Refused);
                _services.Lockout.Fail(_connect?.UserName ?? _peer.CertificateSubject, RemoteAddress);
                RefuseAuthentication(ReasonCode.NotAuthorized, "authentication failed"); // [MQTT-4.12.1-2]
                break;
        }

        FlushList.FlushAll();
    }

    private void SendAuth(ReasonCode code, ReadOnlyMemory<byte>? data) =>
        Outbound.Append(
            static (auth, output, version, maximum) => auth.Write(output, version, maximum),
            new AuthPacket { ReasonCode = code, AuthenticationMethod = _authenticationMethod, AuthenticationData = data });

    private void RefuseAuthentication(ReasonCode code, string reason)
    {
        if (_state == ConnectionState.Authenticating)
        {
            RefuseConnect(code, reason, _version);
        }
        else
        {
            Fail(code, reason);
        }
    }

    /// <summary>Answers CONNECT with a failure and closes. Flushes: it may come after a wait.</summary>
    /// <param name="code">The reason.</param>
    /// <param name="reason">The same in words.</param>
    /// <param name="version">How to encode the answer; null: none is sent.</param>
    /// <param name="serverReference">The server to use instead; null: none is named.</param>
    private void RefuseConnect(ReasonCode code, string reason, ProtocolVersion? version, string? serverReference = null)
    {
        if (version is { } known)
        {
            Outbound.Version = known;
            Outbound.Append(
                static (ack, output, v, maximum) => ack.Write(output, v, maximum),
                new ConnAckPacket { ReasonCode = code, ReasonString = reason, ServerReference = serverReference },
                last: true);
        }

        _services.Admissions.Refuse(code);
        _services.Log.Refused(RemoteText, code.ToString(), reason);
        Fail(code, reason);
        FlushList.FlushAll();
    }
}
