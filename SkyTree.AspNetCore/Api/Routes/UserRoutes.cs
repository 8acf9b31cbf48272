using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Users that devices connect as.</summary>
internal static class UserRoutes
{
    private const long LargestImport = 64 * 1024 * 1024;
    private const string Csv = "text/csv";

    public static void MapUsers(this RouteGroupBuilder api)
    {
        RouteGroupBuilder users = api.MapGroup("/users").WithTags("Users");
        users.MapGet("", List).Needs(AdminArea.Users, AdminAccess.Read)
            .Documented("listUsers", "Lists users that people have made, by name");
        users.MapGet("/configured", ListConfigured).Needs(AdminArea.Users, AdminAccess.Read)
            .Documented("listConfiguredUsers", "Users of the configuration file", "They are changed there.");
        users.MapPost("", CreateAsync).Needs(AdminArea.Users, AdminAccess.Write)
            .Documented("createUser", "Makes a user", "With a password in clear, or a hash of one (Argon2id, bcrypt, PBKDF2, SCRAM-SHA-256).");
        users.MapPost("/import", ImportAsync).Needs(AdminArea.Users, AdminAccess.Write).BodyUpTo(LargestImport)
            .Accepts<IReadOnlyList<UserImport>>("application/json", Csv)
            .Documented("importUsers", "Makes or replaces many users", "application/json: a list of users; text/csv: columns name,password,password_hash,groups,disabled. What is wrong with one does not keep out the others. Who is connected as one that is replaced is sent away, unless its hash is as before or keepConnections=true.");
        users.MapGet("/export", ExportAsync).Needs(AdminArea.Users, AdminAccess.Write)
            .Documented("exportUsers", "All users with the hashes of their passwords", "format=json (default) or csv. As secret as the passwords: needs users:write, and is noted.");
        api.MapGet("/groups", ListGroups).WithTags("Users").Needs(AdminArea.Users, AdminAccess.Read)
            .Documented("listGroups", "Lists groups of users by name, with how many users and rules name them", "A group is there as long as a user or a rule names it: users are put into it with PATCH /users/{name}.");
        users.MapGet("/{name}", Get).Needs(AdminArea.Users, AdminAccess.Read).Documented("getUser", "One user");
        users.MapPatch("/{name}", ChangeAsync).Versioned().Needs(AdminArea.Users, AdminAccess.Write)
            .Documented("changeUser", "Changes a user's groups, or whether it is refused", "With If-Match only if nobody has changed it since. Who is connected as a user that is disabled is sent away.");
        users.MapDelete("/{name}", DeleteAsync).Versioned().Needs(AdminArea.Users, AdminAccess.Write)
            .Documented("deleteUser", "Removes a user; who is connected as it is sent away");
        users.MapPut("/{name}/password", SetPasswordAsync).Versioned().Needs(AdminArea.Users, AdminAccess.Write)
            .Documented(
                "setUserPassword",
                "Sets a user's password",
                "In clear, or as a hash; with neither no password is right any more. Who is connected with the one before is sent away, unless keepConnections=true.");
    }

    private static Ok<Page<DeviceUser>> List(
        HttpContext context, Broker broker, string? prefix = null, string? contains = null, string? group = null, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(broker.Admin.Users.List(context.Caller(), prefix, contains, group, cursor, limit));

    private static Ok<Page<UserGroup>> ListGroups(HttpContext context, Broker broker, string? prefix = null, string? cursor = null, int limit = 100) =>
        TypedResults.Ok(broker.Admin.Users.ListGroups(context.Caller(), prefix, cursor, limit));

    private static Ok<IReadOnlyList<DeviceUser>> ListConfigured(HttpContext context, Broker broker) => TypedResults.Ok(broker.Admin.Users.ListConfigured(context.Caller()));

    private static Ok<DeviceUser> Get(HttpContext context, Broker broker, string name) => Answer(context, broker.Admin.Users.Get(context.Caller(), context.PathText(nameof(name))));

    private static async Task<Created<DeviceUser>> CreateAsync(HttpContext context, Broker broker, UserImport request)
    {
        DeviceUser user = await broker.Admin.Users.CreateAsync(context.Caller(), request);
        context.SetVersion(user.Version);
        return TypedResults.Created($"/api/v1/users/{Uri.EscapeDataString(user.Name)}", user);
    }

    private static async Task<Ok<DeviceUser>> ChangeAsync(HttpContext context, Broker broker, string name, ChangeUserRequest request) => Answer(
        context,
        await broker.Admin.Users.ChangeAsync(context.Caller(), context.PathText(nameof(name)), request.Groups, request.IsDisabled, context.ExpectedVersion()));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Broker broker, string name)
    {
        await broker.Admin.Users.DeleteAsync(context.Caller(), context.PathText(nameof(name)), context.ExpectedVersion());
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetPasswordAsync(HttpContext context, Broker broker, string name, SetUserPasswordRequest request, bool keepConnections = false)
    {
        await broker.Admin.Users.SetPasswordAsync(
            context.Caller(), context.PathText(nameof(name)), request.Password, request.PasswordHash, context.ExpectedVersion(), keepConnections);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<UserImportResult>> ImportAsync(HttpContext context, Broker broker, CancellationToken cancellationToken, bool keepConnections = false)
    {
        string type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        if (string.Equals(type, Csv, StringComparison.OrdinalIgnoreCase))
        {
            using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
            // The body is bounded; who reads lines does not wait for the network.
            using StringReader text = new(await reader.ReadToEndAsync(cancellationToken));
            return TypedResults.Ok(await broker.Admin.Users.ImportAsync(context.Caller(), UserCsv.Read(text), keepConnections, cancellationToken));
        }

        if (!context.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("The body is application/json or text/csv.", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            IReadOnlyList<UserImport>? users = await JsonSerializer.DeserializeAsync<IReadOnlyList<UserImport>>(context.Request.Body, ApiJson.Options, cancellationToken);
            return TypedResults.Ok(await broker.Admin.Users.ImportAsync(context.Caller(), users ?? [], keepConnections, cancellationToken));
        }
        catch (JsonException exception)
        {
            throw new BadHttpRequestException("The body is no list of users.", StatusCodes.Status400BadRequest, exception);
        }
    }

    private static async Task<Results<Ok<IEnumerable<UserImport>>, ContentHttpResult>> ExportAsync(HttpContext context, Broker broker, Choice<ExportFormat>? format = null)
    {
        IEnumerable<UserImport> users = await broker.Admin.Users.ExportAsync(context.Caller());
        if (format.Or() == ExportFormat.Json)
        {
            return TypedResults.Ok(users);
        }

        using StringWriter text = new();
        UserCsv.Write(users, text);
        context.Response.Headers.ContentDisposition = "attachment; filename=users.csv";
        return TypedResults.Content(text.ToString(), Csv, Encoding.UTF8);
    }

    private static Ok<DeviceUser> Answer(HttpContext context, DeviceUser user)
    {
        context.SetVersion(user.Version);
        return TypedResults.Ok(user);
    }
}

/// <summary>A change of a user; what is absent stays.</summary>
/// <param name="Groups">Its groups.</param>
/// <param name="IsDisabled">Whether it is refused.</param>
internal sealed record ChangeUserRequest(IReadOnlyList<string>? Groups = null, bool? IsDisabled = null);

/// <summary>A user's password.</summary>
/// <param name="Password">In clear.</param>
/// <param name="PasswordHash">Or a hash of it.</param>
internal sealed record SetUserPasswordRequest(string? Password = null, string? PasswordHash = null);

/// <summary>How users are exported.</summary>
internal enum ExportFormat
{
    /// <summary>As JSON.</summary>
    Json,

    /// <summary>As CSV.</summary>
    Csv,
}
