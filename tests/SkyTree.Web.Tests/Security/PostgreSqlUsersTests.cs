using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using SkyTree.AspNetCore.Security.Sql;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;
using SkyTree.Web.Tests.Storage;
using Xunit;

namespace SkyTree.Web.Tests.Security;

/// <summary>Users of a table in a real PostgreSQL.</summary>
public sealed class PostgreSqlUsersTests(PostgreSqlServer server) : IClassFixture<PostgreSqlServer>
{
    [Fact]
    public async Task Who_is_in_the_table_is_admitted_by_password()
    {
        await ExecuteAsync("DROP TABLE IF EXISTS mqtt_users");
        await ExecuteAsync("CREATE TABLE mqtt_users (user_name TEXT PRIMARY KEY, password_hash TEXT, user_groups TEXT)");
        await AddAsync("ada", PasswordHash.Create("secret"u8).Format(), "meters; valves");
        await AddAsync("zoë", PasswordHash.Create("pässword"u8).Format(), null);
        await AddAsync("empty", null, null);

        AuthenticationRequest ada = Request("ada", "secret");
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(ada));
        Assert.Equal(["meters", "valves"], ada.Grant!.Groups);
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(Request("zoë", "pässword")));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request("ada", "wrong")));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request("empty", "secret")));
        foreach (string nobody in (string[])["nobody", "' OR '1'='1", "ada' -- ", "ada\\"])
        {
            Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync(Request(nobody, "secret")));
        }
    }

    [Theory]
    [InlineData("SELECT nothing FROM mqtt_users_that_are_not")]
    [InlineData("SELECT pg_sleep(30)::text, ''")]
    public async Task A_query_that_fails_or_takes_too_long_admits_nobody(string query) =>
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request("ada", "secret"), query));

    [Fact]
    public async Task A_server_that_cannot_be_reached_admits_nobody()
    {
        string nowhere = new NpgsqlConnectionStringBuilder(server.Connection) { Port = 1 }.ToString();
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request("ada", "secret"), connection: nowhere));
    }

    private static AuthenticationRequest Request(string userName, string password) => new()
    {
        ClientId = "c1",
        UserName = userName,
        Password = Encoding.UTF8.GetBytes(password),
        Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
    };

    private async Task<AuthenticationVerdict> TryAsync(AuthenticationRequest request, string? query = null, string? connection = null)
    {
        SqlOptions options = new() { Provider = SqlProvider.PostgreSql, Connection = connection ?? server.Connection, TimeoutSeconds = query is null ? 30 : 2 };
        using SqlAuthenticator authenticator = new(query is null ? options : options with { Query = query }, new PasswordOptions(), TimeProvider.System, NullLogger<SqlAuthenticator>.Instance);
        return await authenticator.AuthenticateAsync(request, default);
    }

    private Task AddAsync(string name, string? hash, string? groups) =>
        ExecuteAsync("INSERT INTO mqtt_users VALUES ($1, $2, $3)", name, hash, groups);

    private async Task ExecuteAsync(string text, params string?[] values)
    {
        await using NpgsqlConnection open = new(server.Connection);
        await open.OpenAsync();
        await using NpgsqlCommand command = new(text, open);
        foreach (string? value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        }

        await command.ExecuteNonQueryAsync();
    }
}
