using System.Collections.Concurrent;
using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Hooks;

/// <summary>Hooks that find out who a client is.</summary>
public sealed class AuthenticateHookTests
{
    [Fact]
    public async Task A_user_that_no_configuration_knows_is_admitted_with_what_the_hook_says_of_it()
    {
        var diary = new ConcurrentQueue<ClientIdentity>();
        await using TestBroker broker = await Hook.StartAsync(
            Hook.Authenticate(attempt => Encoding.UTF8.GetString(attempt.Password.GetValueOrDefault().Span) == "open sesame"
                ? AuthenticateAnswer.Admit("cave/" + attempt.UserName, new ClientGrant { Groups = ["thieves"], Attributes = new Dictionary<string, string> { ["tenant"] = "forty" } })
                : AuthenticateAnswer.Refuse()),
            Hook.Publish(attempt =>
            {
                diary.Enqueue(attempt.Client);
                return default;
            }));
        broker.Authenticator.Users["ada"] = "x"; // so it knows nobody else
        TestClient client = await broker.ConnectAsync("client=c username=ali password=\"open sesame\"");
        await client.SendAsync("PUBLISH t qos=1 id=1 \"x\"");
        await client.ExpectAsync("PUBACK id=1 no-matching-subscribers");
        ClientIdentity seen = Assert.Single(diary);
        Assert.Equal(("c", "cave/ali"), (seen.ClientId, seen.UserName));
        Assert.Equal(["thieves"], seen.Grant!.Groups);
        Assert.Equal("forty", seen.Grant.Attributes["tenant"]);
        TestClient other = broker.Open();
        await other.SendAsync("CONNECT client=d username=ali password=wrong");
        Assert.Equal("bad-user-name-or-password", (await other.ReceiveAsync("CONNACK")).Reasons[0]);
    }

    [Fact]
    public async Task The_first_that_decides_does_and_at_last_the_configuration()
    {
        var asked = new ConcurrentQueue<string>();
        object Named(string name) => Hook.Authenticate(attempt =>
        {
            asked.Enqueue($"{name} {attempt.UserName} at {attempt.Listener}");
            return attempt.UserName == name ? AuthenticateAnswer.Admit(name) : attempt.UserName == $"not {name}" ? AuthenticateAnswer.Refuse(ReasonCode.Banned, "go away") : default;
        });
        await using TestBroker broker = await Hook.StartAsync(Named("a"), Named("b"));
        broker.Authenticator.Users["c"] = "secret";
        await broker.ConnectAsync("client=1 username=a");
        await broker.ConnectAsync("client=2 username=b");
        await broker.ConnectAsync("client=3 username=c password=secret");
        Assert.Equal(["a a at test", "a b at test", "b b at test", "a c at test", "b c at test"], asked);
        TestClient refused = broker.Open();
        await refused.SendAsync("CONNECT client=4 username=\"not a\"");
        Packet answer = await refused.ReceiveAsync("CONNACK");
        Assert.Equal(("banned", "\"go away\""), (answer.Reasons[0], answer["reason"]));
        TestClient unknown = broker.Open();
        await unknown.SendAsync("CONNECT client=5 username=nobody password=x");
        Assert.Equal("bad-user-name-or-password", (await unknown.ReceiveAsync("CONNACK")).Reasons[0]);
    }

    [Theory]
    [InlineData(HookFailure.Refuse, "server-unavailable")]
    [InlineData(HookFailure.Continue, "success")]
    public async Task One_that_throws_or_hangs_has_a_defined_answer(HookFailure onFailure, string answer)
    {
        var never = new TaskCompletionSource<AuthenticateAnswer>();
        await using TestBroker broker = await Hook.StartAsync(
            new HookOptions { OnFailure = onFailure, TimeoutMilliseconds = 2000 },
            Hook.Authenticate((attempt, _) => attempt.UserName == "throw" ? throw new InvalidOperationException("a fault") : new(never.Task)));
        TestClient first = broker.Open();
        await first.SendAsync("CONNECT client=1 username=throw");
        Assert.Equal(answer, (await first.ReceiveAsync("CONNACK")).Reasons[0]);
        TestClient second = broker.Open();
        await second.SendAsync("CONNECT client=2 username=hang");
        Task<Packet> answered = second.ReceiveAsync("CONNACK");
        await broker.AdvanceUntilAsync(answered);
        Assert.Equal(answer, (await answered).Reasons[0]);
    }
}
