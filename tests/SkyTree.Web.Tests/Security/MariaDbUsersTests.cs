using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using SkyTree.AspNetCore.Security.Sql;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;
using SkyTree.Store.Tests.EF;
using Xunit;

namespace SkyTree.Web.Tests.Security;

/// <summary>Users of a table in a real MariaDB.</summary>
public sealed class MariaDbUsersTests(MariaDbServer server) : IAsyncLifetime
{
    private readonly string _database = $"users_{Guid.NewGuid():N}";
    private string _connection = "";

    public async ValueTask InitializeAsync()
    {
        string address = await server.GetConnectionStringAsync();
        await ExecuteAsync(address, $"CREATE DATABASE {_database} CHARACTER SET utf8mb4");
        _connection = new MySqlConnectionStringBuilder(address) { Database = _database }.ToString();
        await ExecuteAsync(
            _connection,
            "CREATE TABLE mqtt_users (user_name VARCHAR(255) PRIMARY KEY, password_hash VARCHAR(255), user_groups VARCHAR(255), client_id VARCHAR(255))");
        await AddAsync("ada", PasswordHash.Create("secret"u8).Format(), "meters; valves");
        await AddAsync("zoë", PasswordHash.Create("pässword"u8).Format(), null);
        await AddAsync("broken", "secret", null);
        await AddAsync("empty", null, null);
    }

    public async ValueTask DisposeAsync() => await ExecuteAsync(_connection, $"DROP DATABASE {_database}");

    [Theory]
    [InlineData("ada", "secret", nameof(AuthenticationVerdict.Admit))]
    [InlineData("ada", "wrong", nameof(AuthenticationVerdict.Refuse))]
    [InlineData("zoë", "pässword", nameof(AuthenticationVerdict.Admit))]
    [InlineData("broken", "secret", nameof(AuthenticationVerdict.Refuse))]
    [InlineData("empty", "secret", nameof(AuthenticationVerdict.Refuse))]
    [InlineData("nobody", "secret", nameof(AuthenticationVerdict.Abstain))]
    [InlineData("' OR '1'='1", "secret", nameof(AuthenticationVerdict.Abstain))]
    [InlineData("ada' -- ", "secret", nameof(AuthenticationVerdict.Abstain))]
    [InlineData("ada\\", "secret", nameof(AuthenticationVerdict.Abstain))]
    public async Task Who_is_in_the_table_is_admitted_by_password(string userName, string password, string verdict) =>
        Assert.Equal(Enum.Parse<AuthenticationVerdict>(verdict), await TryAsync(Request(userName, password)));

    [Fact]
    public async Task A_users_groups_come_with_it_and_a_change_counts_at_once()
    {
        AuthenticationRequest request = Request("ada", "secret");
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(request));
        Assert.Equal(["meters", "valves"], request.Grant!.Groups);

        await ExecuteAsync(_connection, "DELETE FROM mqtt_users WHERE user_name = 'ada'");
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync(Request("ada", "secret")));
    }

    [Fact]
    public async Task A_query_may_ask_for_the_client_identifier_too()
    {
        await ExecuteAsync(_connection, "UPDATE mqtt_users SET client_id = 'c1' WHERE user_name = 'ada'");
        const string Query = "SELECT password_hash FROM mqtt_users WHERE user_name = @username AND client_id = @clientid";
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(Request("ada", "secret"), Query));
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync(Request("ada", "secret", "c2"), Query));
    }

    [Theory]
    [InlineData("SELECT nothing FROM mqtt_users")]
    [InlineData("SELECT SLEEP(30), '' FROM mqtt_users")]
    public async Task A_query_that_fails_or_takes_too_long_admits_nobody(string query) =>
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request("ada", "secret"), query));

    [Fact]
    public async Task A_server_that_cannot_be_reached_or_refuses_admits_nobody()
    {
        string nowhere = new MySqlConnectionStringBuilder(_connection) { Port = 1 }.ToString();
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request("ada", "secret"), connection: nowhere));
        string stranger = new MySqlConnectionStringBuilder(_connection) { UserID = "stranger", Password = "wrong" }.ToString();
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request("ada", "secret"), connection: stranger));
    }

    [Fact]
    public async Task Many_at_a_time_are_all_judged()
    {
        SqlOptions options = Options(null, null) with { Concurrency = 4, TimeoutSeconds = 60 };
        using SqlAuthenticator authenticator = new(options, new PasswordOptions { MaximumWaiting = 1000 }, TimeProvider.System, NullLogger<SqlAuthenticator>.Instance);
        AuthenticationVerdict[] verdicts = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => authenticator.AuthenticateAsync(Request("ada", i % 2 == 0 ? "secret" : "wrong"), default).AsTask()));
        Assert.All(verdicts, (verdict, i) => Assert.Equal(i % 2 == 0 ? AuthenticationVerdict.Admit : AuthenticationVerdict.Refuse, verdict));
    }

    private static AuthenticationRequest Request(string userName, string password, string clientId = "c1") => new()
    {
        ClientId = clientId,
        UserName = userName,
        Password = Encoding.UTF8.GetBytes(password),
        Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
    };

    private SqlOptions Options(string? query, string? connection)
    {
        SqlOptions options = new() { Provider = SqlProvider.MySql, Connection = connection ?? _connection, TimeoutSeconds = query is null ? 30 : 2 };
        return query is null ? options : options with { Query = query };
    }

    private async Task<AuthenticationVerdict> TryAsync(AuthenticationRequest request, string? query = null, string? connection = null)
    {
        using SqlAuthenticator authenticator = new(Options(query, connection), new PasswordOptions(), TimeProvider.System, NullLogger<SqlAuthenticator>.Instance);
        return await authenticator.AuthenticateAsync(request, default);
    }

    private Task AddAsync(string name, string? hash, string? groups) =>
        ExecuteAsync(_connection, "INSERT INTO mqtt_users (user_name, password_hash, user_groups) VALUES (@name, @hash, @groups)", ("@name", name), ("@hash", hash), ("@groups", groups));

    private static async Task ExecuteAsync(string connection, string text, params (string Name, string? Value)[] parameters)
    {
        await using MySqlConnection open = new(connection);
        await open.OpenAsync();
        await using MySqlCommand command = new(text, open);
        foreach ((string name, string? value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        await command.ExecuteNonQueryAsync();
    }
}
