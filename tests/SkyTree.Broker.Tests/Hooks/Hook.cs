using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Hooks;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Hooks made of a function.</summary>
internal static class Hook
{
    public static Task<TestBroker> StartAsync(params object[] hooks) => StartAsync(new HookOptions(), hooks);

    public static Task<TestBroker> StartAsync(HookOptions options, params object[] hooks) => TestBroker.StartAsync(hooks: new HookRegistrations(hooks, options));

    public static Task<TestBroker> StartAsync(AuthorizeMemory memory, HookOptions options, params object[] hooks) =>
        TestBroker.StartAsync(hooks: new HookRegistrations(hooks, options) { Memory = memory });

    public static object Authenticate(Func<AuthenticateAttempt, AuthenticateAnswer> judge) => new AuthenticateHook((attempt, _) => new(judge(attempt)));

    public static object Authenticate(Func<AuthenticateAttempt, CancellationToken, ValueTask<AuthenticateAnswer>> judge) => new AuthenticateHook(judge);

    public static object Authorize(Func<AuthorizeAttempt, AuthorizeAnswer> judge) => new AuthorizeHook(async (attempt, _) =>
    {
        await Task.Yield(); // as most do
        return judge(attempt);
    });

    public static object Publish(Func<PublishAttempt, PublishAnswer> judge) => new PublishHook((attempt, _) => new(judge(attempt)));

    public static object Publish(Func<PublishAttempt, CancellationToken, ValueTask<PublishAnswer>> judge) => new PublishHook(judge);

    public static object Deliver(Func<DeliverAttempt, DeliverAnswer> judge) => new DeliverHook((attempt, _) => new(judge(attempt)), _ => true);

    public static object Deliver(Func<DeliverAttempt, CancellationToken, ValueTask<DeliverAnswer>> judge, Func<ClientIdentity, bool>? wants = null) =>
        new DeliverHook(judge, wants ?? (_ => true));

    private sealed class AuthenticateHook(Func<AuthenticateAttempt, CancellationToken, ValueTask<AuthenticateAnswer>> judge) : IAuthenticateHook
    {
        public ValueTask<AuthenticateAnswer> OnAuthenticateAsync(AuthenticateAttempt attempt, CancellationToken cancellationToken) => judge(attempt, cancellationToken);
    }

    private sealed class AuthorizeHook(Func<AuthorizeAttempt, CancellationToken, ValueTask<AuthorizeAnswer>> judge) : IAuthorizeHook
    {
        public ValueTask<AuthorizeAnswer> OnAuthorizeAsync(AuthorizeAttempt attempt, CancellationToken cancellationToken) => judge(attempt, cancellationToken);
    }

    private sealed class PublishHook(Func<PublishAttempt, CancellationToken, ValueTask<PublishAnswer>> judge) : IPublishHook
    {
        public ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken) => judge(attempt, cancellationToken);
    }

    private sealed class DeliverHook(Func<DeliverAttempt, CancellationToken, ValueTask<DeliverAnswer>> judge, Func<ClientIdentity, bool> wants) : IDeliverHook
    {
        public bool Wants(ClientIdentity client) => wants(client);

        public ValueTask<DeliverAnswer> OnDeliverAsync(DeliverAttempt attempt, CancellationToken cancellationToken) => judge(attempt, cancellationToken);
    }
}
