using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.AspNetCore;
using SkyTree.AspNetCore.Hooks;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Hooks;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Web.Tests.Hooks;

// The hooks of docs/hooks.md, word for word: a test compares them.

internal static class Documented
{
    public static void Add(IServiceCollection services)
    {
        services
            .AddSingleton<DeviceTable>()
            .AddSingleton<TenantMoves>()
            .AddSkyTreeHook<DeviceLogin>()
            .AddSkyTreeHook<Maintenance>()
            .AddSkyTreeHook<TenantTopics>()
            .AddSkyTreeHook<ReceivedAt>()
            .AddSkyTreeHook<Redaction>()
            .AddSkyTreeHook<NotEverything>()
            .AddSkyTreeHook<Presence>();
    }
}

/// <summary>What an application has in a database of its own.</summary>
internal sealed class DeviceTable
{
    private readonly Dictionary<string, Device> _devices = new() { ["meter-1"] = new Device("north", "s3cret") };

    public Task<Device?> FindAsync(string name, CancellationToken cancellationToken) =>
        Task.Delay(1, cancellationToken).ContinueWith(_ => _devices.GetValueOrDefault(name), cancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
}

internal sealed record Device(string Tenant, string Secret)
{
    public bool Accepts(ReadOnlyMemory<byte>? password) => password is { } given && Encoding.UTF8.GetString(given.Span) == Secret;
}

internal sealed class DeviceLogin(DeviceTable devices) : IAuthenticateHook
{
    public async ValueTask<AuthenticateAnswer> OnAuthenticateAsync(AuthenticateAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.UserName is not { } name || await devices.FindAsync(name, cancellationToken) is not { } device)
        {
            return AuthenticateAnswer.AskNext; // not one of ours
        }

        return device.Accepts(attempt.Password)
            ? AuthenticateAnswer.Admit(name, new ClientGrant { Groups = ["devices"], Attributes = new Dictionary<string, string> { ["tenant"] = device.Tenant } })
            : AuthenticateAnswer.Refuse();
    }
}

internal sealed class Maintenance : IConnectHook
{
    public bool IsOn { get; set; }

    public ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken) =>
        new(IsOn ? HookAnswer.Refuse(ReasonCode.ServerUnavailable, "back at six") : HookAnswer.Continue);
}

internal sealed class TenantTopics : IAuthorizeHook
{
    public ValueTask<AuthorizeAnswer> OnAuthorizeAsync(AuthorizeAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Client.Grant?.Attributes.GetValueOrDefault("tenant") is not { } tenant)
        {
            return new(AuthorizeAnswer.AskNext); // the rules decide
        }

        return new(attempt.Topic.StartsWith(tenant + "/", StringComparison.Ordinal) ? AuthorizeAnswer.Allow : AuthorizeAnswer.Deny);
    }
}

internal sealed class TenantMoves(AuthorizeMemory memory)
{
    public Task MovedAsync(string clientId) => memory.ForgetAsync(clientId);
}

internal sealed class ReceivedAt(TimeProvider time) : IPublishHook
{
    public ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken)
    {
        PublishRequest message = attempt.Message;
        if (message.Payload.Length > 64 * 1024)
        {
            return new(PublishAnswer.Refuse(ReasonCode.QuotaExceeded, "64 KiB at most"));
        }

        MessageProperties properties = message.Properties ?? new MessageProperties();
        string now = $"{time.GetUtcNow():O}";
        return new(PublishAnswer.Replace(message with
        {
            Properties = properties with { UserProperties = [.. properties.UserProperties, new UserProperty("received-at", now)] },
        }));
    }
}

internal sealed class Redaction : IDeliverHook
{
    public bool Wants(ClientIdentity client) => client.Grant?.Groups.Contains("staff") != true; // they see everything

    public ValueTask<DeliverAnswer> OnDeliverAsync(DeliverAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Message.Topic.EndsWith("/secret", StringComparison.Ordinal))
        {
            return new(DeliverAnswer.Drop);
        }

        if (!attempt.Message.Topic.EndsWith("/person", StringComparison.Ordinal) || JsonNode.Parse(attempt.Message.Payload.Span) is not JsonObject person)
        {
            return new(DeliverAnswer.Continue);
        }

        person.Remove("birthday");
        return new(DeliverAnswer.Replace(attempt.Message with { Payload = Encoding.UTF8.GetBytes(person.ToJsonString()) }));
    }
}

internal sealed class NotEverything : ISubscribeHook
{
    public ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken) =>
        new(attempt.Request.Filter == "#" ? HookAnswer.Refuse(ReasonCode.TopicFilterInvalid) : HookAnswer.Continue);
}

internal sealed class Presence(ISkyTreeClient broker) : IClientHook
{
    public async ValueTask OnConnectedAsync(ClientIdentity client, CancellationToken cancellationToken) =>
        await broker.PublishAsync($"presence/{client.ClientId}", "online", retain: true, cancellationToken: cancellationToken);

    public async ValueTask OnDisconnectedAsync(ClientIdentity client, string reason, CancellationToken cancellationToken) =>
        await broker.PublishAsync($"presence/{client.ClientId}", "offline", retain: true, cancellationToken: cancellationToken);
}
