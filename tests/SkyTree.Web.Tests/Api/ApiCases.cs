using System.Globalization;
using SkyTree.Core.Admin;

namespace SkyTree.Web.Tests.Api;

/// <summary>One case for each route; a test tells if one is missing.</summary>
internal static class ApiCases
{
    private const string Rule = """{"effect":"allow","actions":["publish"],"topics":["a/#"]}""";

    public static IReadOnlyList<ApiCase> All { get; } =
    [
        new("POST", "/login", Body: $$"""{"name":"admin","password":"{{ApiHost.Password}}"}"""),
        new("POST", "/logout", 204),
        new("GET", "/me"),
        new("POST", "/me/password", Body: $$"""{"current":"{{ApiHost.Password}}","password":"another horse entirely"}""")
        {
            Credentials = ApiHost.Basic("changer"),
            Prepare = async host =>
            {
                await DeleteAdminAsync(host, "changer");
                await host.Broker.Admin.Accounts.CreateAsync(Caller.Console, "changer", AdminRole.Viewer, ApiHost.Password, mustChangePassword: true);
                return "me/password";
            },
        },

        new("GET", "/sessions") { IsList = true },
        new("DELETE", "/sessions") { Prepare = host => SessionAsync(host, "bulk-1", "sessions?clientIdPrefix=bulk-") },
        new("GET", "/sessions/{clientId}") { Prepare = host => SessionAsync(host, "dev/1", "sessions/dev%2F1"), Missing = "sessions/nobody" },
        new("DELETE", "/sessions/{clientId}", 204) { Prepare = host => SessionAsync(host, "dev/2", "sessions/dev%2F2"), Missing = "sessions/nobody" },
        new("POST", "/sessions/{clientId}/kick", 204, """{"reason":"update"}""")
        {
            Prepare = async host =>
            {
                await host.EnsureSessionAsync("kicked", connected: true);
                return "sessions/kicked/kick";
            },
            Missing = "sessions/nobody/kick",
        },
        new("GET", "/sessions/{clientId}/events") { Prepare = host => SessionAsync(host, "dev/1", "sessions/dev%2F1/events") },
        new("GET", "/sessions/{clientId}/subscriptions") { Prepare = host => SessionAsync(host, "dev/1", "sessions/dev%2F1/subscriptions"), Missing = "sessions/nobody/subscriptions", IsList = true },
        new("POST", "/sessions/{clientId}/subscriptions", Body: """{"filter":"c/#","qos":1}""")
        {
            Prepare = host => SessionAsync(host, "dev/3", "sessions/dev%2F3/subscriptions"),
            Missing = "sessions/nobody/subscriptions",
        },
        new("DELETE", "/sessions/{clientId}/subscriptions", 204)
        {
            Prepare = host => SessionAsync(host, "dev/4", "sessions/dev%2F4/subscriptions?filter=a%2F%23"),
            Missing = "sessions/nobody/subscriptions?filter=a",
        },
        new("GET", "/sessions/{clientId}/inflight") { Prepare = host => SessionAsync(host, "dev/1", "sessions/dev%2F1/inflight"), Missing = "sessions/nobody/inflight" },
        new("GET", "/sessions/{clientId}/queued") { Prepare = host => SessionAsync(host, "dev/1", "sessions/dev%2F1/queued"), Missing = "sessions/nobody/queued" },
        new("POST", "/sessions/{clientId}/cursor", Body: """{"toEnd":true}""") { Prepare = host => SessionAsync(host, "dev/5", "sessions/dev%2F5/cursor"), Missing = "sessions/nobody/cursor" },

        new("GET", "/subscriptions") { IsList = true },
        new("GET", "/shared-groups") { IsList = true },
        new("POST", "/shared-groups/rebalance", 409, """{"filter":"$share/g/r/+"}""")
        {
            Prepare = async host =>
            {
                await SessionAsync(host, "balanced", "");
                await host.Broker.Admin.Sessions.SubscribeAsync(Caller.Console, "balanced", new() { Filter = "$share/g/r/+" });
                return "shared-groups/rebalance";
            },
        },
        new("GET", "/shared-groups/{**filter}")
        {
            Prepare = async host =>
            {
                await host.EnsureSessionAsync("member", connected: false);
                await host.Broker.Admin.Sessions.SubscribeAsync(Caller.Console, "member", new() { Filter = "$share/g/s/+", QoS = Core.Protocol.QoS.AtLeastOnce });
                return "shared-groups/$share/g/s/+";
            },
            Missing = "shared-groups/$share/h/s",
        },

        new("GET", "/topics") { IsList = true },
        new("GET", "/topics/{**topic}")
        {
            Prepare = async host =>
            {
                await host.StoreAsync("a/seen");
                await ApiHost.UntilAsync(async () => (await host.SendAsync("GET", "topics/a/seen")).Status == 200);
                return "topics/a/seen";
            },
            Missing = "topics/never/seen",
        },

        new("GET", "/messages") { IsList = true },
        new("DELETE", "/messages") { Prepare = host => StoredAsync(host, "a/gone", _ => "messages?topic=a%2Fgone"), Missing = "messages?topic=no%2Fsuch" },
        new("GET", "/messages/topics") { IsList = true },
        new("GET", "/messages/histogram") { Path = "messages/histogram?from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&buckets=10" },
        new("GET", "/messages/{offset:long}") { Prepare = host => StoredAsync(host, "a/b", offset => $"messages/{offset}"), Missing = "messages/999999999" },
        new("GET", "/messages/{offset:long}/payload") { Prepare = host => StoredAsync(host, "a/b", offset => $"messages/{offset}/payload"), Missing = "messages/999999999/payload" },
        new("POST", "/messages/{offset:long}/republish", Body: """{"topic":"z"}""")
        {
            Prepare = host => StoredAsync(host, "a/b", offset => $"messages/{offset}/republish"),
            Missing = "messages/999999999/republish",
        },

        new("GET", "/retained") { IsList = true },
        new("DELETE", "/retained") { Prepare = host => RetainedAsync(host, "clear/1", "retained?filter=clear%2F%23") },
        new("GET", "/retained/{**topic}") { Prepare = host => RetainedAsync(host, "r/1", "retained/r/1"), Missing = "retained/no/such" },
        new("PUT", "/retained/{**topic}", Body: """{"payload":"on"}""") { Path = "retained/r/2" },
        new("DELETE", "/retained/{**topic}", 204) { Prepare = host => RetainedAsync(host, "r/3", "retained/r/3"), Missing = "retained/no/such" },

        new("POST", "/publish", Body: """{"topic":"t","payload":"x"}"""),
        new("POST", "/publish/bulk", Body: """{"messages":[{"topic":"t","payload":"x"},{"topic":"t/+"}]}"""),

        new("GET", "/users") { IsList = true },
        new("GET", "/users/configured"),
        new("GET", "/groups") { IsList = true },
        new("POST", "/users", 201, """{"name":"made","password":"secret"}""")
        {
            Prepare = async host =>
            {
                await DeleteUserAsync(host, "made");
                return "users";
            },
        },
        new("POST", "/users/import", Body: "name,password,groups\nimported,secret,\"g;h\"\n") { Type = "text/csv" },
        new("GET", "/users/export"),
        new("GET", "/users/{name}") { Prepare = host => UserAsync(host, "u/1", "users/u%2F1"), Missing = "users/nobody" },
        new("PATCH", "/users/{name}", Body: """{"isDisabled":true}""") { Prepare = host => UserAsync(host, "u2", "users/u2"), Missing = "users/nobody" },
        new("DELETE", "/users/{name}", 204) { Prepare = host => UserAsync(host, "u3", "users/u3"), Missing = "users/nobody" },
        new("PUT", "/users/{name}/password", 204, """{"password":"another"}""") { Prepare = host => UserAsync(host, "u4", "users/u4/password"), Missing = "users/nobody/password" },

        new("GET", "/acl"),
        new("POST", "/acl", 201, $$"""{"rule":{{Rule}},"comment":"sensors"}"""),
        new("PUT", "/acl", Body: $$"""[{"id":"one","order":1,"rule":{{Rule}}}]"""),
        new("POST", "/acl/test", Body: """{"clientId":"c","action":"publish","topic":"a/b","qos":1}"""),
        new("GET", "/acl/{id}") { Prepare = host => RuleAsync(host, "r1"), Missing = "acl/none" },
        new("PUT", "/acl/{id}", Body: $$"""{"order":5,"rule":{{Rule}}}""") { Prepare = host => RuleAsync(host, "r2"), Missing = "acl/none" },
        new("DELETE", "/acl/{id}", 204) { Prepare = host => RuleAsync(host, "r3"), Missing = "acl/none" },

        new("GET", "/bans") { IsList = true },
        new("POST", "/bans", 201, """{"clientId":"bad-*","reason":"noise"}"""),
        new("GET", "/bans/{id}") { Prepare = BanAsync, Missing = "bans/none" },
        new("PUT", "/bans/{id}", Body: """{"clientId":"bad-*","reason":"still noise"}""") { Prepare = BanAsync, Missing = "bans/none" },
        new("DELETE", "/bans/{id}", 204) { Prepare = BanAsync, Missing = "bans/none" },

        new("GET", "/admins") { IsList = true },
        new("POST", "/admins", 201, $$"""{"name":"fresh","role":"viewer","password":"{{ApiHost.Password}}"}""")
        {
            Prepare = async host =>
            {
                await DeleteAdminAsync(host, "fresh");
                return "admins";
            },
        },
        new("GET", "/admins/{name}") { Path = "admins/admin", Missing = "admins/nobody" },
        new("PATCH", "/admins/{name}", Body: """{"role":"operator"}""") { Prepare = host => AdminAsync(host, "b1", "admins/b1"), Missing = "admins/nobody" },
        new("DELETE", "/admins/{name}", 204) { Prepare = host => AdminAsync(host, "b2", "admins/b2"), Missing = "admins/nobody" },
        new("PUT", "/admins/{name}/password", 204, """{"password":"some other words"}""") { Prepare = host => AdminAsync(host, "b3", "admins/b3/password"), Missing = "admins/nobody/password" },

        new("GET", "/api-keys") { IsList = true },
        new("POST", "/api-keys", 201, """{"name":"scraper","role":"viewer","scopes":["stats:read"]}"""),
        new("GET", "/api-keys/{id}") { Prepare = KeyAsync, Missing = "api-keys/none" },
        new("PATCH", "/api-keys/{id}", Body: """{"isDisabled":true}""") { Prepare = KeyAsync, Missing = "api-keys/none" },
        new("DELETE", "/api-keys/{id}", 204) { Prepare = KeyAsync, Missing = "api-keys/none" },

        new("GET", "/bridges"),
        new("GET", "/bridges/{name}") { Path = "bridges/plant", Missing = "bridges/none" },
        new("POST", "/bridges/{name}/pause", 204) { Path = "bridges/plant/pause", Missing = "bridges/none/pause" },
        new("POST", "/bridges/{name}/resume", 204) { Path = "bridges/plant/resume", Missing = "bridges/none/resume" },

        new("GET", "/audit") { IsList = true },
        new("GET", "/nodes"),
        new("GET", "/cluster"),
        new("POST", "/cluster/members", 409, """{"address":"127.0.0.1:7801"}"""),
        new("POST", "/cluster/members/{member}/drain", 409, """{"perSecond":100}""") { Path = "cluster/members/127.0.0.1:7801/drain" },
        new("DELETE", "/cluster/members/{member}/drain", 409) { Path = "cluster/members/127.0.0.1:7801/drain" },
        new("DELETE", "/cluster/members/{member}", 409) { Path = "cluster/members/127.0.0.1:7801" },
        new("POST", "/cluster/transfer-leadership", 409),
        new("POST", "/cluster/drain", 409, """{"perSecond":10}"""),
        new("DELETE", "/cluster/drain", 409),

        new("GET", "/listeners"),
        new("GET", "/listeners/{name}") { Path = "listeners/mqtt", Missing = "listeners/none" },
        new("GET", "/listeners/{name}/connections") { Path = "listeners/mqtt/connections", Missing = "listeners/none/connections", IsList = true },
        new("POST", "/listeners/{name}/stop") { Path = "listeners/spare/stop", Missing = "listeners/none/stop" },
        new("POST", "/listeners/{name}/start") { Path = "listeners/spare/start", Missing = "listeners/none/start" },

        new("GET", "/sinks"),
        new("GET", "/sinks/{name}") { Path = "sinks/archive", Missing = "sinks/none" },
        new("POST", "/sinks/{name}/pause") { Prepare = host => SinkAsync(host, paused: false, "pause"), Missing = "sinks/none/pause" },
        new("POST", "/sinks/{name}/resume") { Prepare = host => SinkAsync(host, paused: true, "resume"), Missing = "sinks/none/resume" },

        new("GET", "/rules"),
        new("GET", "/rules/{name}") { Path = "rules/legacy", Missing = "rules/none" },
        new("POST", "/rules/test", 200, """{"topic":"legacy/1","payload":"x"}"""),

        new("GET", "/drops") { IsList = true },
        new("GET", "/drops/totals") { IsList = true },
        new("GET", "/drops/summary"),
        new("GET", "/drops/why") { Path = "drops/why?clientId=c&topic=a%2Fb" },

        new("GET", "/traces"),
        new("POST", "/traces", 201, """{"clientId":"c","seconds":600}""") { Prepare = host => NoTracesAsync(host, "traces") },
        new("POST", "/traces/{id:guid}/stop", 204) { Prepare = host => TraceAsync(host, "/stop"), Missing = $"traces/{Guid.Empty}/stop" },
        new("GET", "/traces/{id:guid}/download") { Prepare = host => TraceAsync(host, "/download"), Missing = $"traces/{Guid.Empty}/download" },
        new("DELETE", "/traces/{id:guid}", 204) { Prepare = host => TraceAsync(host, ""), Missing = $"traces/{Guid.Empty}" },

        new("GET", "/stats"),
        new("GET", "/attention"),
        new("GET", "/stats/chart"),
        new("GET", "/events"),
        new("GET", "/config"),
        new("PATCH", "/config", Body: """{"values":{"Logging:LogLevel:Nobody":"Warning"}}"""),
        new("GET", "/health"),
        new("GET", "/backup"),
        new("GET", "/restore"),
        new("POST", "/restore", 400, "no backup") { Type = "application/octet-stream" },
        new("DELETE", "/restore", 404),

        new("GET", "/ping"),
        new("GET", "/store/message") { Path = "store/message?store=a%2Fb&page=1&page_size=10" },
        new("GET", "/store/message/{id:long}") { Prepare = host => StoredAsync(host, "a/b", offset => $"store/message/{offset}?topic=a%2Fb"), Missing = "store/message/999999999?topic=a%2Fb" },
        new("GET", "/session/{client_id}") { Prepare = host => SessionAsync(host, "dev/1", "session/dev%2F1"), Missing = "session/nobody" },
    ];

    public static ApiCase Find(string key) => All.Single(one => one.Key == key);

    private static async Task<string> SessionAsync(ApiHost host, string clientId, string path)
    {
        await host.EnsureSessionAsync(clientId, connected: false);
        return path;
    }

    private static async Task<string> StoredAsync(ApiHost host, string topic, Func<long, string> path) => path(await host.StoreAsync(topic));

    private static async Task<string> RetainedAsync(ApiHost host, string topic, string path)
    {
        await host.Broker.Admin.Retained.SetAsync(Caller.Console, new() { Topic = topic, Payload = "x"u8.ToArray() });
        return path;
    }

    private static async Task<string> UserAsync(ApiHost host, string name, string path)
    {
        await DeleteUserAsync(host, name);
        await host.Broker.Admin.Users.CreateAsync(Caller.Console, new(name, PasswordHash: null));
        return path;
    }

    private static async Task<string> RuleAsync(ApiHost host, string id)
    {
        if (host.Broker.Admin.Access.List(Caller.Console).Any(rule => rule.Id == id))
        {
            await host.Broker.Admin.Access.DeleteAsync(Caller.Console, id);
        }

        await host.Broker.Admin.Access.CreateAsync(Caller.Console, new() { Topics = ["x"] }, id: id);
        return $"acl/{id}";
    }

    private static async Task<string> BanAsync(ApiHost host) => $"bans/{(await host.Broker.Admin.Bans.CreateAsync(Caller.Console, "nobody-*", null, null)).Id}";

    private static async Task<string> AdminAsync(ApiHost host, string name, string path)
    {
        await DeleteAdminAsync(host, name);
        await host.Broker.Admin.Accounts.CreateAsync(Caller.Console, name, AdminRole.Viewer, ApiHost.Password);
        return path;
    }

    private static async Task<string> KeyAsync(ApiHost host) => $"api-keys/{(await host.MakeKeyAsync(AdminRole.Viewer)).Key.Id}";

    private static async Task<string> SinkAsync(ApiHost host, bool paused, string action)
    {
        await (paused ? host.Sinks.PauseAsync(Caller.Console, "archive") : host.Sinks.ResumeAsync(Caller.Console, "archive"));
        return $"sinks/archive/{action}";
    }

    private static async Task<string> NoTracesAsync(ApiHost host, string path)
    {
        foreach (var trace in await host.Broker.Admin.Traces.ListAsync(Caller.Console))
        {
            await host.Broker.Admin.Traces.DeleteAsync(Caller.Console, trace.Id);
        }

        return path;
    }

    private static async Task<string> TraceAsync(ApiHost host, string action)
    {
        await NoTracesAsync(host, "");
        var trace = await host.Broker.Admin.Traces.StartAsync(Caller.Console, new() { ClientId = "nobody" });
        return string.Create(CultureInfo.InvariantCulture, $"traces/{trace.Id}{action}");
    }

    private static async Task DeleteAdminAsync(ApiHost host, string name)
    {
        if (host.Broker.Admin.Accounts.List(Caller.Console, null, 1000).Items.Any(account => account.Name == name))
        {
            await host.Broker.Admin.Accounts.DeleteAsync(Caller.Console, name);
        }
    }

    private static async Task DeleteUserAsync(ApiHost host, string name)
    {
        if (host.Broker.Admin.Users.List(Caller.Console, prefix: name).Items.Any(user => user.Name == name))
        {
            await host.Broker.Admin.Users.DeleteAsync(Caller.Console, name);
        }
    }
}
