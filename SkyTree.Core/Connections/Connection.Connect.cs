using System.Text;
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

        _wait = work.AsTask();
    }

    private async ValueTask ConnectAsync(ConnectPacket packet)
    {
        string clientId = packet.ClientId.Length > 0 ? packet.ClientId : $"auto-{Guid.CreateVersion7():N}";
        string? userName = packet.UserName ?? _peer.CertificateSubject;
        if (packet.AuthenticationMethod is { } method)
        {
            _identity = new ClientIdentity(clientId, userName, RemoteAddress);
            if (_services.Authentication.Begin(method) is not { } exchange)
            {
                RefuseConnect(ReasonCode.BadAuthenticationMethod, "the authentication method is not supported", _version);
                return;
            }

            _authenticationMethod = method;
            _exchange = exchange;
            await ContinueExchangeAsync(packet.AuthenticationData ?? default).ConfigureAwait(false);
            return;
        }

        AuthenticationVerdict verdict = await _services.Authentication.AuthenticateAsync(
            new AuthenticationRequest
            {
                ClientId = clientId,
                UserName = userName,
                Password = packet.Password,
                CertificateVerified = _peer.CertificateSubject is not null && userName == _peer.CertificateSubject,
                RemoteEndPoint = _peer.RemoteEndPoint,
                Listener = _peer.Listener,
            },
            StopToken()).ConfigureAwait(false);
        switch (verdict)
        {
            case AuthenticationVerdict.Admit:
            case AuthenticationVerdict.AdmitAnonymously:
                string? proved = verdict == AuthenticationVerdict.Admit ? userName : null;
                _identity = new ClientIdentity(clientId, proved, RemoteAddress);
                await OpenSessionAsync(packet, null).ConfigureAwait(false);
                break;
            case AuthenticationVerdict.Unavailable:
                RefuseConnect(ReasonCode.ServerUnavailable, "it could not be found out who you are", _version);
                break;
            default:
                RefuseConnect(
                    userName is null ? ReasonCode.NotAuthorized : ReasonCode.BadUserNameOrPassword,
                    userName is null ? "this listener does not admit anonymous clients from your address" : "bad user name or password",
                    _version);
                break;
        }

        FlushList.FlushAll();
    }

    private async ValueTask OpenSessionAsync(ConnectPacket packet, ReadOnlyMemory<byte>? authenticationData)
    {
        if (_stop)
        {
            return;
        }

        if (packet.Will is { } announced && !_services.Authorizer.MayPublish(_identity!, Encoding.UTF8.GetBytes(announced.Topic)))
        {
            RefuseConnect(ReasonCode.NotAuthorized, "not authorized to publish to the Will Topic", _version);
            return;
        }

        bool v5 = _version == ProtocolVersion.V5;
        uint asked = v5 ? packet.SessionExpirySeconds : packet.CleanStart ? 0 : uint.MaxValue;
        uint expiry = Math.Min(asked, Options.MaximumSessionExpirySeconds);
        int keepAlive = packet.KeepAliveSeconds;
        bool keepAliveChanged = v5 && Options.MaximumKeepAliveSeconds > 0 && (keepAlive == 0 || keepAlive > Options.MaximumKeepAliveSeconds);
        _keepAliveSeconds = keepAliveChanged ? Options.MaximumKeepAliveSeconds : keepAlive;

        SessionOpened? opened = await _services.Replicator.ProposeAsync(
            new OpenSession(_identity!.ClientId, packet.CleanStart, Durable: expiry > 0, expiry, packet.Will) { MaximumSessions = Options.MaximumSessions }).ConfigureAwait(false);
        if (opened is null)
        {
            RefuseConnect(ReasonCode.QuotaExceeded, "there are as many sessions as allowed", _version);
            return;
        }

        Serve(opened.Session, opened.Epoch);
        if (opened.Session.Queue.NeedsRestore && !await TryRestoreAsync(opened.Session).ConfigureAwait(false))
        {
            return;
        }

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

        _state = ConnectionState.Connected;
        _connect = null;
        ReleaseStopToken();
        Volatile.Write(ref _lastReceivedMs, _services.Ticker.CoarseElapsedMs);
        _peer.Admission?.Authenticated();
        _services.Log.Connected(_identity.ClientId, RemoteText, _version.ToString(), _identity.UserName ?? "(anonymous)");

        int window = Math.Min(packet.ReceiveMaximum, Options.MaximumInflight);
        if (!opened.Session.Queue.TryAttach(this, opened.Epoch, window, out Connection? previous))
        {
            RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier");
        }

        previous?.RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier"); // [MQTT-3.1.4-3]
        opened.Ended?.RequestClose(ReasonCode.SessionTakenOver, "another connection uses this client identifier");
        if (opened.Will is { } will)
        {
            FlushList.FlushAll();
            await _services.Wills.SendAsync(will).ConfigureAwait(false);
        }

        opened.Session.Queue.Pump();
        opened.Session.PumpGroups();
        FlushList.FlushAll();
    }

    private async ValueTask<bool> TryRestoreAsync(Session session)
    {
        try
        {
            await session.Queue.RestoreAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _services.Log.SessionNotRestored(session.ClientId, e);
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
            _exchange = _services.Authentication.Begin(_authenticationMethod);
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
                _identity = _identity! with { UserName = step.UserName };
                await OpenSessionAsync(_connect!, step.Data).ConfigureAwait(false);
                break;

            case AuthenticationOutcome.Succeeded when step.UserName == _identity!.UserName:
                _exchange = null;
                SendAuth(ReasonCode.Success, step.Data);
                break;

            default:
                _exchange = null;
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

    /// <summary>Answers CONNECT with a failure and closes.</summary>
    /// <param name="code">The reason.</param>
    /// <param name="reason">The same in words.</param>
    /// <param name="version">How to encode the answer; null: none is sent.</param>
    private void RefuseConnect(ReasonCode code, string reason, ProtocolVersion? version)
    {
        if (version is { } known)
        {
            Outbound.Version = known;
            Outbound.Append(
                static (ack, output, v, maximum) => ack.Write(output, v, maximum),
                new ConnAckPacket { ReasonCode = code, ReasonString = reason },
                last: true);
        }

        _services.Log.Refused(RemoteText, code.ToString(), reason);
        Fail(code, reason);
    }
}
