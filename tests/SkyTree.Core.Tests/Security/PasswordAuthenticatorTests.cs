using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class PasswordAuthenticatorTests
{
    private static readonly PasswordOptions Bounds = new() { Concurrency = 1, MaximumWaiting = 2 };

    [Theory]
    [InlineData("ada", "secret", nameof(AuthenticationVerdict.Admit))]
    [InlineData("ada", "Secret", nameof(AuthenticationVerdict.Refuse))]
    [InlineData("ada", "", nameof(AuthenticationVerdict.Refuse))]
    [InlineData("ada", null, nameof(AuthenticationVerdict.Refuse))]
    [InlineData("bob", "secret", nameof(AuthenticationVerdict.Abstain))]
    [InlineData("bob", null, nameof(AuthenticationVerdict.Abstain))]
    [InlineData("", "secret", nameof(AuthenticationVerdict.Abstain))]
    [InlineData(null, null, nameof(AuthenticationVerdict.Abstain))]
    [InlineData(null, "secret", nameof(AuthenticationVerdict.Abstain))]
    public async Task Only_a_known_user_with_the_right_password_is_admitted(string? userName, string? password, string verdict)
    {
        var expected = Enum.Parse<AuthenticationVerdict>(verdict);
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", "secret")), Bounds, TimeProvider.System);

        Assert.Equal(expected, await authenticator.AuthenticateAsync(Request(userName, password), default));
        Assert.Equal(expected, await authenticator.AuthenticateAsync(Request(userName, password), default));
    }

    [Fact]
    public async Task A_password_that_is_not_utf8_is_refused()
    {
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", "secret")), Bounds, TimeProvider.System);
        var request = new AuthenticationRequest { ClientId = "c", UserName = "ada", Password = new byte[] { 0xC3, 0x28 }, Listener = TestUsers.Listener };

        Assert.Equal(AuthenticationVerdict.Refuse, await authenticator.AuthenticateAsync(request, default));
    }

    [Fact]
    public async Task The_check_does_not_run_on_the_callers_thread()
    {
        // Iterations that take longer than the call may.
        ScramCredential slow = ScramCredential.Create("secret", 2_000_000);
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", slow)), Bounds, TimeProvider.System);

        Task<AuthenticationVerdict> answer = authenticator.AuthenticateAsync(Request("ada", "secret"), default).AsTask();

        Assert.False(answer.IsCompleted);
        Assert.Equal(AuthenticationVerdict.Admit, await answer.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task More_checks_than_may_wait_are_unavailable_and_the_others_are_answered()
    {
        ScramCredential slow = ScramCredential.Create("secret", 500_000);
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", slow)), Bounds, TimeProvider.System);

        Task<AuthenticationVerdict>[] answers = [.. Enumerable.Range(0, 5).Select(i => authenticator.AuthenticateAsync(Request("ada", $"wrong {i}"), default).AsTask())];
        AuthenticationVerdict[] verdicts = await Task.WhenAll(answers).WaitAsync(TimeSpan.FromSeconds(60));

        // One runs and two wait; the rest are told at once.
        Assert.Equal(
            [AuthenticationVerdict.Refuse, AuthenticationVerdict.Refuse, AuthenticationVerdict.Refuse, AuthenticationVerdict.Unavailable, AuthenticationVerdict.Unavailable],
            verdicts);
        Assert.Equal(AuthenticationVerdict.Admit, await authenticator.AuthenticateAsync(Request("ada", "secret"), default));
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_gives_its_place_back()
    {
        ScramCredential slow = ScramCredential.Create("secret", 500_000);
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", slow)), new() { Concurrency = 1, MaximumWaiting = 1 }, TimeProvider.System);
        using var gone = new CancellationTokenSource();
        Task<AuthenticationVerdict> running = authenticator.AuthenticateAsync(Request("ada", "secret"), default).AsTask();
        Task<AuthenticationVerdict> waiting = authenticator.AuthenticateAsync(Request("ada", "secret"), gone.Token).AsTask();

        await gone.CancelAsync();

        Assert.Equal(AuthenticationVerdict.Unavailable, await waiting.WaitAsync(TimeSpan.FromSeconds(60)));
        Task<AuthenticationVerdict> next = authenticator.AuthenticateAsync(Request("ada", "secret"), default).AsTask();
        Assert.Equal(AuthenticationVerdict.Admit, await running.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(AuthenticationVerdict.Admit, await next.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_password_once_found_right_is_recognised_at_once_until_its_time_is_over()
    {
        var clock = new FakeTimeProvider();
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", ScramCredential.Create("secret", 500_000))), Bounds with { RememberSeconds = 60 }, clock);
        await authenticator.AuthenticateAsync(Request("ada", "secret"), default);

        Assert.True(authenticator.AuthenticateAsync(Request("ada", "secret"), default).AsTask().IsCompletedSuccessfully);
        Assert.Equal(AuthenticationVerdict.Refuse, await authenticator.AuthenticateAsync(Request("ada", "wrong"), default));

        clock.Advance(TimeSpan.FromSeconds(60));
        Task<AuthenticationVerdict> late = authenticator.AuthenticateAsync(Request("ada", "secret"), default).AsTask();
        Assert.False(late.IsCompleted);
        Assert.Equal(AuthenticationVerdict.Admit, await late);
    }

    [Fact]
    public async Task A_remembered_password_is_forgotten_when_the_user_gets_another_or_goes()
    {
        UserDirectory directory = TestUsers.Directory(("ada", "secret"));
        var authenticator = new PasswordAuthenticator(directory, Bounds, TimeProvider.System);
        Assert.Equal(AuthenticationVerdict.Admit, await authenticator.AuthenticateAsync(Request("ada", "secret"), default));

        directory.Current = TestUsers.Snapshot(("ada", TestUsers.Credential("another")));
        Assert.Equal(AuthenticationVerdict.Refuse, await authenticator.AuthenticateAsync(Request("ada", "secret"), default));
        Assert.Equal(AuthenticationVerdict.Admit, await authenticator.AuthenticateAsync(Request("ada", "another"), default));

        directory.Current = UserSnapshot.Empty;
        Assert.Equal(AuthenticationVerdict.Abstain, await authenticator.AuthenticateAsync(Request("ada", "another"), default));
    }

    [Fact]
    public async Task An_unknown_user_costs_the_same_work_as_a_wrong_password()
    {
        ScramCredential slow = ScramCredential.Create("secret", 300_000);
        var authenticator = new PasswordAuthenticator(TestUsers.Directory(("ada", slow)), Bounds, TimeProvider.System);
        var known = Stopwatch.StartNew();
        await authenticator.AuthenticateAsync(Request("ada", "wrong"), default);
        known.Stop();
        var unknown = Stopwatch.StartNew();
        await authenticator.AuthenticateAsync(Request("bob", "wrong"), default);
        unknown.Stop();

        // Tens of milliseconds against microseconds if the work were left out; the factor leaves room for a busy machine.
        Assert.True(unknown.Elapsed > known.Elapsed / 20, $"unknown {unknown.Elapsed}, known {known.Elapsed}");
    }

    private static AuthenticationRequest Request(string? userName, string? password) => new()
    {
        ClientId = "c",
        UserName = userName,
        Password = password is null ? null : Encoding.UTF8.GetBytes(password),
        Listener = TestUsers.Listener,
    };
}
