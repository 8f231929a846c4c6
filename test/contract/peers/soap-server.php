<?php
/*
 * PHP's SoapServer, run by `php -S`, for the WSDL that LATCHKEY_WSDL names. In the folder LATCHKEY_FOLDER it counts its logins, in the file
 * `logins`, and a test says in the file `ended` up to which login sessions have ended.
 */
const OPERATIONS = 'http://api.zuora.com/';
const OBJECTS = 'http://object.api.zuora.com/';
const FAULTS = 'http://fault.api.zuora.com/';

/** The fault of that name, in the form that the WSDL gives it. */
function fault(string $kind, string $code, string $message): SoapFault
{
    return new SoapFault([FAULTS, $code], $message, null, ['FaultCode' => $code, 'FaultMessage' => $message], $kind);
}

/** The number in a file of the folder; 0 where it is not there. */
function number(string $name): int
{
    $file = getenv('LATCHKEY_FOLDER') . "/$name";
    return file_exists($file) ? (int) file_get_contents($file) : 0;
}

class Service
{
    private string $session = '';

    public function SessionHeader(object $header): void
    {
        $this->session = $header->session;
    }

    public function login(object $input): array
    {
        if ($input->username !== 'ö & <u>' || $input->password !== 'p"\']]>') {
            throw fault('LoginFault', 'INVALID_VALUE', "No login for $input->username & its password");
        }
        $logins = number('logins') + 1;
        file_put_contents(getenv('LATCHKEY_FOLDER') . '/logins', $logins);
        return ['result' => ['Session' => "session-$logins==", 'ServerUrl' => "http://{$_SERVER['HTTP_HOST']}/elsewhere"]];
    }

    public function query(object $input): array
    {
        if (!preg_match('/^session-(\d+)==$/', $this->session, $found) || $found[1] <= number('ended')) {
            throw fault('UnexpectedErrorFault', 'INVALID_SESSION', 'Invalid session');
        }
        if ($input->queryString !== "select Id from Account where Name <> '&'") {
            throw fault('MalformedQueryFault', 'MALFORMED_QUERY', "Not understood: $input->queryString");
        }
        $account = ['Id' => '1', 'Name' => 'A & B <ö>', 'Balance' => '1234567890123456.78', 'AutoPay' => true, 'BillCycleDay' => 31];
        $contact = ['Id' => '2', 'FirstName' => '名', 'CreatedDate' => '2024-01-15T09:30:00.000+01:00'];
        $records = [
            new SoapVar($account, SOAP_ENC_OBJECT, 'Account', OBJECTS),
            new SoapVar($contact, SOAP_ENC_OBJECT, 'Contact', OBJECTS),
        ];
        return ['result' => ['done' => true, 'queryLocator' => null, 'records' => $records, 'size' => count($records)]];
    }
}

$server = new SoapServer(getenv('LATCHKEY_WSDL'), ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass(Service::class);
$server->handle();
