using System.Text;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class ScramSha256MethodTests
{
    private readonly UserDirectory _users = TestUsers.Directory(("ada", "secret"), ("a,b=c", "odd name"));

    [Fact]
    public async Task The_example_of_RFC_7677_goes_as_printed()
    {
        ScramCredential credential = ScramCredential.Derive("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
        var method = new ScramSha256Method(TestUsers.Directory(("user", credential))) { ServerNonce = () => "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" };
        IAuthenticationExchange exchange = method.Begin();

        AuthenticationStep first = await exchange.NextAsync("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"u8.ToArray(), default);
        AuthenticationStep final = await exchange.NextAsync(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="u8.ToArray(), default);

        Assert.Equal("SCRAM-SHA-256", method.Name);
        Assert.Equal(AuthenticationOutcome.Continue, first.Outcome);
        Assert.Equal("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", Text(first));
        Assert.Equal(AuthenticationOutcome.Succeeded, final.Outcome);
        Assert.Equal("user", final.UserName);
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Text(final));
    }

    [Theory]
    [InlineData("ada", "secret", "n,,", "ada")]
    [InlineData("ada", "secret", "y,,", "ada")]
    [InlineData("ada", "secret", "n,a=ada,", "ada")]
    [InlineData("a=2Cb=3Dc", "odd name", "n,,", "a,b=c")]
    [InlineData("a=2Cb=3Dc", "odd name", "n,a=a=2Cb=3Dc,", "a,b=c")]
    public async Task The_right_password_succeeds_and_the_server_proves_itself(string saslName, string password, string header, string userName)
    {
        var client = new ScramClient(saslName, password, header);
        IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();

        string serverFirst = Text(await Send(exchange, client.First));
        AuthenticationStep end = await Send(exchange, client.Final(serverFirst));

        Assert.Equal((AuthenticationOutcome.Succeeded, userName, client.ServerFinal), (end.Outcome, end.UserName, Text(end)));
    }

    [Fact]
    public async Task Extensions_that_nobody_knows_are_ignored_but_signed()
    {
        var client = new ScramClient("ada", "secret");
        IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();
        string serverFirst = Text(await Send(exchange, client.First));

        Assert.Equal(AuthenticationOutcome.Succeeded, (await Send(exchange, client.Final(serverFirst, extensions: ",x=y"))).Outcome);
    }

    [Theory]
    [InlineData("ada", "Secret")]
    [InlineData("bob", "secret")]
    public async Task A_wrong_password_and_an_unknown_user_fail_alike_at_the_end(string saslName, string password)
    {
        var client = new ScramClient(saslName, password);
        IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();
        AuthenticationStep first = await Send(exchange, client.First);
        AuthenticationStep end = await Send(exchange, client.Final(Text(first)));

        Assert.Equal(AuthenticationOutcome.Continue, first.Outcome);
        Assert.Equal(new AuthenticationStep(AuthenticationOutcome.Failed), end);
    }

    [Fact]
    public async Task An_unknown_user_has_a_salt_of_its_own_that_stays_and_looks_like_the_others()
    {
        var method = new ScramSha256Method(_users);

        string bob = await Salt(method, "bob");

        Assert.Equal(bob, await Salt(method, "bob"));
        Assert.NotEqual(bob, await Salt(method, "eve"));
        Assert.Equal((await Salt(method, "ada")).Length, bob.Length);
        Assert.EndsWith(",i=4096", bob);
        Assert.NotEqual(bob, await Salt(new ScramSha256Method(_users), "bob"));
    }

    [Fact]
    public async Task A_recorded_exchange_cannot_be_played_again()
    {
        var method = new ScramSha256Method(_users);
        var client = new ScramClient("ada", "secret");
        IAuthenticationExchange recorded = method.Begin();
        string final = client.Final(Text(await Send(recorded, client.First)));
        Assert.Equal(AuthenticationOutcome.Succeeded, (await Send(recorded, final)).Outcome);

        IAuthenticationExchange replayed = method.Begin();
        await Send(replayed, client.First);

        Assert.Equal(AuthenticationOutcome.Failed, (await Send(replayed, final)).Outcome);
    }

    [Fact]
    public async Task A_nonce_that_is_not_the_whole_one_fails()
    {
        foreach (Func<string, string, string> forge in new Func<string, string, string>[]
        {
            (client, _) => client, (_, whole) => whole[..^1], (_, whole) => whole + "x", (_, whole) => (whole[0] == 'x' ? 'y' : 'x') + whole[1..],
        })
        {
            var client = new ScramClient("ada", "secret");
            IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();
            string serverFirst = Text(await Send(exchange, client.First));
            string whole = serverFirst.Split(',')[0][2..];

            AuthenticationStep end = await Send(exchange, client.Final(serverFirst, nonce: forge(client.Nonce, whole)));

            Assert.Equal(AuthenticationOutcome.Failed, end.Outcome);
        }
    }

    [Theory]
    [InlineData("n,,", "eSws")] // 'y' was not said first
    [InlineData("y,,", "biws")]
    [InlineData("n,,", "biwsbiws")]
    [InlineData("n,a=ada,", "biws")]
    [InlineData("n,,", "biw")]
    public async Task A_channel_binding_that_repeats_another_header_fails(string header, string binding)
    {
        var client = new ScramClient("ada", "secret", header);
        IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();
        string serverFirst = Text(await Send(exchange, client.First));

        Assert.Equal(AuthenticationOutcome.Failed, (await Send(exchange, client.Final(serverFirst, binding))).Outcome);
    }

    [Fact]
    public async Task An_ended_exchange_stays_ended()
    {
        var client = new ScramClient("ada", "secret");
        IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();
        await Send(exchange, "rubbish");
        Assert.Equal(AuthenticationOutcome.Failed, (await Send(exchange, client.First)).Outcome);

        IAuthenticationExchange again = new ScramSha256Method(_users).Begin();
        string final = client.Final(Text(await Send(again, client.First)));
        Assert.Equal(AuthenticationOutcome.Succeeded, (await Send(again, final)).Outcome);
        Assert.Equal(AuthenticationOutcome.Failed, (await Send(again, final)).Outcome);
    }

    [Fact]
    public async Task Malformed_first_messages_fail()
    {
        string[] malformed =
        [
            "", ",", "n,,", "n,,n=ada", "n,,n=ada,", "n,,n=ada,r=", "n,,r=abc,n=ada", "n,,n=,r=abc", "n,n=ada,r=abc", "n=ada,r=abc",
            "p=tls-server-end-point,,n=ada,r=abc", "p=,,n=ada,r=abc", "x,,n=ada,r=abc", "N,,n=ada,r=abc", "n,,N=ada,r=abc",
            "n,a=bob,n=ada,r=abc", "n,a=,n=ada,r=abc", "n,bob,n=ada,r=abc", "n,,m=x,n=ada,r=abc", "n,,n=a=da,r=abc", "n,,n=a=2c,r=abc",
            "n,,n=a=,r=abc", "n,,n=a=2,r=abc", "n,,n=ada,r=a bc", "n,,n=ada,r=ab\u00E9", "n,,n=ada,r=abc,", "n,,n=ada,r=abc,x", "n,,n=ada,r=abc,x=",
            "n,,n=ada,r=abc,r=def", "n,,n=ada,r=abc,m=x", "n,,n=ada\0,r=abc", "n,,n=a\u0007,r=abc", "n,,n=ada,r=" + new string('a', 513),
            "n,,n=" + new string('a', 1025) + ",r=abc", "n,,n=ada,r=abc,x=" + new string('a', 100_000), new string(',', 100_000),
            "n,,n=ada,r=abc" + string.Concat(Enumerable.Repeat(",x=y", 100_000)),
        ];
        foreach (string message in malformed)
        {
            AuthenticationStep step = await Send(new ScramSha256Method(_users).Begin(), message);
            Assert.True(step == new AuthenticationStep(AuthenticationOutcome.Failed), message.Length > 100 ? message[..100] : message);
        }

        byte[] illFormed = [.. "n,,n=a"u8, 0xFF, .. ",r=abc"u8];
        Assert.Equal(AuthenticationOutcome.Failed, (await new ScramSha256Method(_users).Begin().NextAsync(illFormed, default)).Outcome);
    }

    [Fact]
    public async Task Malformed_final_messages_fail()
    {
        Func<string, string>[] damages =
        [
            _ => "",
            final => final[..^1],
            final => final[..final.LastIndexOf(',')],
            final => final + ",x=y",
            final => final + " ",
            final => final.Replace(",p=", ",P=", StringComparison.Ordinal),
            final => final.Replace("c=", "C=", StringComparison.Ordinal),
            final => final.Replace(",p=", ",p=A", StringComparison.Ordinal),
            final => final.Replace(",p=", ",,p=", StringComparison.Ordinal),
            final => string.Join(',', Reordered(final, 1, 0, 2)),
            final => string.Join(',', Reordered(final, 0, 2, 1)),
            final => string.Join(',', Reordered(final, 2, 0, 1)),
            final => string.Join(',', Reordered(final, 1, 2)),
            final => string.Join(',', Reordered(final, 0, 2)),
            final => string.Join(',', Reordered(final, 0, 1, 1, 2)),
            final => string.Join(',', Reordered(final, 0, 1, 2, 2)),
            final => final[..final.LastIndexOf(',')] + ",p=" + Convert.ToBase64String(new byte[32]),
            final => final[..final.LastIndexOf(',')] + ",p=" + Convert.ToBase64String(new byte[31]),
            final => final[..final.LastIndexOf(',')] + ",p=" + Convert.ToBase64String(new byte[60_000]),
            final => final[..final.LastIndexOf(',')] + ",p=",
            final => final.Replace(",p=", ",x=" + new string('y', 100_000) + ",p=", StringComparison.Ordinal),
        ];
        for (int i = 0; i < damages.Length; i++)
        {
            var client = new ScramClient("ada", "secret");
            IAuthenticationExchange exchange = new ScramSha256Method(_users).Begin();
            string final = client.Final(Text(await Send(exchange, client.First)));
            AuthenticationStep step = await Send(exchange, damages[i](final));
            Assert.True(step == new AuthenticationStep(AuthenticationOutcome.Failed), $"damage {i}");
        }
    }

    [Fact]
    public async Task Random_damage_never_succeeds_and_never_throws()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        var method = new ScramSha256Method(_users);
        for (int i = 0; i < 300; i++)
        {
            var client = new ScramClient("ada", "secret");
            IAuthenticationExchange exchange = method.Begin();
            string final = client.Final(Text(await Send(exchange, client.First)));
            byte[] bytes = Encoding.UTF8.GetBytes(final);
            int at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            AuthenticationStep step = await exchange.NextAsync(bytes, default);
            Assert.True(step.Outcome == AuthenticationOutcome.Failed, $"seed {seed}: {Encoding.Latin1.GetString(bytes)}");
        }
    }

    private static async Task<string> Salt(ScramSha256Method method, string userName)
    {
        string serverFirst = Text(await Send(method.Begin(), $"n,,n={userName},r=abc"));
        return serverFirst[serverFirst.IndexOf(",s=", StringComparison.Ordinal)..];
    }

    private static IEnumerable<string> Reordered(string message, params int[] order)
    {
        string[] fields = message.Split(',');
        return order.Select(i => fields[i]);
    }

    private static ValueTask<AuthenticationStep> Send(IAuthenticationExchange exchange, string message) =>
        exchange.NextAsync(Encoding.UTF8.GetBytes(message), default);

    private static string Text(AuthenticationStep step) => Encoding.UTF8.GetString(step.Data!.Value.Span);
}
